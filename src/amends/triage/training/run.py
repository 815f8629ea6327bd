"""The whole training: read the sets, fine-tune, write the model, calibrate what was written."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from safetensors.torch import save_file
from tokenizers import Tokenizer

from amends.triage.calibrate import calibrated
from amends.triage.deep import LONGEST, Deep, Head
from amends.triage.training import encoder
from amends.triage.training.export import export
from amends.triage.training.finetune import Progress, finetune
from amends.triage.training.plan import Plan
from amends.triage.training.tasks import Task, tasks

BALANCED = {"sentiment"}  # measured by macro-recall; the others keep the frequencies of their val


def train_triage(data: Path, base: Path, out: Path, plan: Plan, progress: Progress) -> list[Head]:
    """Train the deep model from the encoder in the folder `base` (all-MiniLM-L6-v2: `model.safetensors`,
    `tokenizer.json`) on the sets below `data`, and write it to `out`. What was cut short goes on from its checkpoint
    there. Raises `FileNotFoundError` without a base, `corpora.MissingData` without a set."""
    found = tasks(data)
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    weights = finetune(found, tokenizer, encoder.load(base / "model.safetensors"), out, plan, progress)
    save_file(weights, out / "weights.safetensors")
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    told = [one for one in found if one.told]
    export({name: value.numpy() for name, value in weights.items()}, [one.name for one in told], out / "triage.onnx")
    heads = [Head(one.name, one.labels) for one in told]
    write(heads, out)
    heads = [_calibrated(Deep(out), head, task) for head, task in zip(heads, told, strict=True)]
    write(heads, out)
    return heads


def write(heads: list[Head], out: Path) -> None:
    (out / "triage.json").write_bytes(msgspec.json.format(msgspec.json.encode(heads), indent=2) + b"\n")


def _calibrated(model: Deep, head: Head, task: Task) -> Head:
    """On the model as it was written, bytes and all."""
    _, logits = model.logits([one.text for one in task.val])
    at = sum(len(one.labels) for one in model.heads[: [one.name for one in model.heads].index(head.name)])
    own = logits[:, at : at + len(head.labels)].astype(np.float64)
    labels = np.array([one.label for one in task.val])
    temperature, bias = calibrated(own, labels, balanced=head.name in BALANCED)
    return Head(head.name, head.labels, temperature, bias)
