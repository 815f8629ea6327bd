"""Fine-tuning of the encoder on all tasks at once, each with a linear head on the same pass.

AdamW with a rate that falls layer by layer (Howard and Ruder, ULMFiT, 2018) and over time, label smoothing, and the
mean of the weights along the way (Izmailov et al., 2018) as the result. Tasks of feeling make an encoder forget what
texts are about, so that at some steps its features, through a matrix that is thrown away after, are drawn to those it
had at first (learning without forgetting: Li and Hoiem, 2016). What is learnt when follows from the plan, so
that training goes on from its last checkpoint as if it had never stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from amends.triage.deep import LONGEST, WIDTH, masked
from amends.triage.training import encoder
from amends.triage.training.encoder import Weights
from amends.triage.training.plan import Plan, Size, batches
from amends.triage.training.tasks import Task

Progress = Callable[[float, str], None]


class Learnt(NamedTuple):
    """The mean of the weights along the way, and whether the plan was followed to its end."""

    mean: Weights
    whole: bool


class Tokenised(NamedTuple):
    ids: list[list[int]]
    labels: list[int]


def tokenised(tokenizer: Any, task: Task) -> Tokenised:
    found = tokenizer.encode_batch([masked(one.text) for one in task.train])
    return Tokenised([one.ids[:LONGEST] for one in found], [one.label for one in task.train])


def start(weights: Weights, tasks: Sequence[Task], seed: int) -> Weights:
    """The encoder's weights with an untaught head a task."""
    torch.manual_seed(seed)
    heads = {f"heads.{one.name}.weight": torch.randn(len(one.labels), WIDTH) * 0.02 for one in tasks}
    heads |= {f"heads.{one.name}.bias": torch.zeros(len(one.labels)) for one in tasks}
    return {**weights, **heads, "pull.weight": torch.eye(WIDTH)}


def logits(weights: Weights, task: str, states: Tensor) -> Tensor:
    """(texts, classes), of the encoder's states."""
    return functional.linear(states, weights[f"heads.{task}.weight"], weights[f"heads.{task}.bias"])


def lost(
    weights: Weights, first: Weights, task: str, texts: list[list[int]], right: list[int], plan: Plan, pull: bool
) -> Tensor:
    """What is to be made smaller. `first`: the weights before any of it."""
    ids, mask = encoder.padded(texts)
    with torch.autocast("cpu", torch.bfloat16):
        states = encoder.encode(weights, ids, mask, plan.dropout)
        told = logits(weights, task, functional.dropout(states, plan.dropout))
        own = functional.linear(states, weights["pull.weight"])
        loss = functional.cross_entropy(told.float(), torch.tensor(right), label_smoothing=plan.smoothing)
        if pull:
            with torch.no_grad():
                was = encoder.encode(first, ids, mask)
            loss = loss + plan.pull * (1 - functional.cosine_similarity(own.float(), was.float())).mean()
    return loss


def finetune(
    tasks: Sequence[Task], tokenizer: Any, weights: Weights, out: Path, plan: Plan, progress: Progress
) -> Learnt:
    """What was learnt. A checkpoint lies in `out`, from which the same call goes on."""
    read = [tokenised(tokenizer, one) for one in tasks]
    sizes = [Size(len(one.labels), task.often, task.since) for one, task in zip(read, tasks, strict=True)]
    steps = batches(sizes, [[len(ids) for ids in one.ids] for one in read], plan)
    held = {name: value.clone().requires_grad_() for name, value in start(weights, tasks, plan.seed).items()}
    optimiser = torch.optim.AdamW(_groups(held, plan), weight_decay=0.01)
    full = [group["lr"] for group in optimiser.param_groups]
    mean = {name: value.detach().clone() for name, value in held.items()}
    done = _resume(out / "checkpoint.pt", held, mean, optimiser)
    began, ended = time.monotonic(), time.monotonic()
    recent, step = 0.0, done - 1
    for step in range(done, len(steps)):
        task, rows = steps[step]
        for group, rate in zip(optimiser.param_groups, full, strict=True):
            group["lr"] = rate * _share(step / len(steps), plan)
        torch.manual_seed(plan.seed + step)
        texts, right = [read[task].ids[row] for row in rows], [read[task].labels[row] for row in rows]
        loss = lost(held, weights, tasks[task].name, texts, right, plan, pull=step % plan.pulled == 0)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(held.values(), 1.0)
        optimiser.step()
        with torch.no_grad():
            for name, value in held.items():
                mean[name].lerp_(value, 1 - min(plan.mean_of, (1 + step) / (10 + step)))
        recent = 0.98 * recent + 0.02 * loss.item()
        ended = time.monotonic()
        if (step + 1) % plan.every == 0 or step + 1 == len(steps):
            _keep(out / "checkpoint.pt", step + 1, held, mean, optimiser)
            speed = (step + 1 - done) * plan.batch / (ended - began)
            progress(
                (step + 1) / len(steps), f"loss {recent / (1 - 0.98 ** (step + 1 - done)):.3f}, {speed:.0f} texts/s"
            )
        if plan.seconds and ended - began > plan.seconds:
            _keep(out / "checkpoint.pt", step + 1, held, mean, optimiser)
            break
    return Learnt(mean, step + 1 == len(steps))


def _groups(held: Weights, plan: Plan) -> list[dict[str, Any]]:
    """The higher a layer, the faster it learns."""
    groups = []
    for name, value in held.items():
        if name.startswith(("heads.", "pull.")):
            rate = plan.of_heads
        elif name.startswith("embeddings."):
            rate = plan.rate * plan.falling ** (encoder.LAYERS + 1)
        else:
            rate = plan.rate * plan.falling ** (encoder.LAYERS - int(name.split(".")[2]))
        groups.append({"params": [value], "lr": rate})
    return groups


def _share(done: float, plan: Plan) -> float:
    return done / plan.warm if done < plan.warm else max((1 - done) / (1 - plan.warm), 0.0)


def _keep(file: Path, step: int, held: Weights, mean: Weights, optimiser: torch.optim.Optimizer) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    detached = {name: value.detach() for name, value in held.items()}
    torch.save({"step": step, "held": detached, "mean": mean, "optimiser": optimiser.state_dict()}, f"{file}.new")
    Path(f"{file}.new").replace(file)


def _resume(file: Path, held: Weights, mean: Weights, optimiser: torch.optim.Optimizer) -> int:
    """The steps that were done; 0 where there is no checkpoint."""
    if not file.exists():
        return 0
    found = torch.load(file, weights_only=True)
    with torch.no_grad():
        for name, value in found["held"].items():
            held[name].copy_(value)
    mean.update(found["mean"])
    optimiser.load_state_dict(found["optimiser"])
    return int(found["step"])
