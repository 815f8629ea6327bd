"""The whole training: read the sets, fine-tune, write the deep model, learn the labels on it, distil the fast one, and
calibrate both as they were written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from amends.triage import corpora, deep, hashed
from amends.triage.base import Depth
from amends.triage.calibrate import calibrated, calibrated_label
from amends.triage.chances import Chances, Floats, Scaling, together
from amends.triage.decide import BY_FAVOUR, Threshold
from amends.triage.deep import LONGEST, Deep, Encoder, parted
from amends.triage.figures import auc
from amends.triage.hashed import Hashed
from amends.triage.labels import definitions
from amends.triage.labels.measure import held
from amends.triage.shipped import read_both
from amends.triage.training import encoder
from amends.triage.training.distil import distil
from amends.triage.training.export import export
from amends.triage.training.finetune import Progress, finetune
from amends.triage.training.labelling import SHARE, aside, learnt
from amends.triage.training.lessons import lesson
from amends.triage.training.plan import Plan
from amends.triage.training.rows import BITS, SCALE, lexed
from amends.triage.training.tasks import Task, tasks

READ_AT_ONCE = 2_048
ELSEWHERE = 2_000  # comments of another place beside the tweets of val
LEAST_RIGHT, LEAST_FOUND = 0.5, 0.25  # of what is told, and of what there is: less is not worth telling
LEAST_APART = 0.7  # area under the curve on held-out texts


def train_triage(data: Path, base: Path, out: Path, plan: Plan, progress: Progress) -> bool:
    """Train both models from the encoder in the folder `base` (all-MiniLM-L6-v2: `model.safetensors`,
    `tokenizer.json`) on the sets below `data`, and write them to `out`. What was cut short goes on from its checkpoint
    there; the encoder that was learnt to the end is not learnt again. False where `plan.seconds` were up first. Raises
    `FileNotFoundError` without a base, `corpora.MissingData` without a set."""
    found = tasks(data)
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    if not (out / "weights.safetensors").exists():
        weights = finetune(found, tokenizer, encoder.load(base / "model.safetensors"), out, plan, progress)
        if not weights.whole:
            return False
        save_file(weights.mean, out / "weights.safetensors")
    told = {name: value.numpy() for name, value in load_file(out / "weights.safetensors").items()}
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    export(told, list(deep.HEADS), out / "deep.onnx")
    progress(0.0, "learning labels")
    write_deep(data, found, out)
    teacher = Deep(out)
    words = [word for word in tokenizer.get_vocab() if word.isalpha() and len(word) > 2]
    lessons = lesson(data, found, sorted(words), lambda texts: _told(teacher, texts, progress), plan.seed)
    student = distil(lessons, plan.seed, progress)
    np.savez(out / "fast.npz", table=student.table, **msgspec.structs.asdict(student.layers))
    write_fast(data, found, teacher.settings.labels, len(lessons.texts), out)
    write_thresholds(found, out)
    return True


def write_deep(data: Path, found: list[Task], out: Path) -> None:
    """Calibrate the encoder's own heads on val, and learn the labels on its features."""
    network = Encoder(out)
    own = {task.name: task for task in found if task.told}
    scaled: dict[str, Scaling] = {}
    for name, task in own.items():
        val = task.val + elsewhere(data) if name == "sentiment" else task.val
        logits = parted(network.read([one.text for one in val])[1])[name]
        labels = np.array([one.label for one in val], dtype=np.int64)
        if name in deep.HEAD_LABELS:
            scaled[name] = calibrated_label(logits[:, 1] - logits[:, 0], labels)
        else:
            scaled[name] = calibrated(logits, labels, balanced=name == "sentiment")
    heads = learnt(data, lambda texts: network.read(texts)[0])
    np.savez(
        out / "labels.npz",
        weight=np.stack([one.weight for one in heads.values()]).astype(np.float32),
        bias=np.array([one.bias for one in heads.values()], np.float32),
    )
    settings = deep.Settings(
        scaled["sentiment"],
        scaled["emotion"],
        (*deep.HEAD_LABELS.values(), *heads),
        (*(scaled[name] for name in deep.HEAD_LABELS), *(one.scaling for one in heads.values())),
        {f"texts_{task.name}": len(task.train) for task in found},
    )
    _write(out / "deep.json", settings)


def write_fast(data: Path, found: list[Task], labels: tuple[str, ...], texts: int, out: Path) -> None:
    """Calibrate the fast model as it was written."""
    val = {task.name: task for task in found if task.val}
    blank = hashed.Settings(BITS, SCALE, labels, Scaling(), Scaling(), (Scaling(),) * len(labels), {"texts": texts})
    _write(out / "fast.json", blank)
    model = Hashed.load(out)

    def logits(texts: list[str]) -> Floats:
        return np.concatenate([model.logits(batch) for batch in lexed(texts)])

    def felt(val: list[corpora.Example]) -> Scaling:
        labels = np.array([one.label for one in val], dtype=np.int64)
        return calibrated(logits([one.text for one in val])[:, :3], labels, balanced=True)

    scaled = []
    for at, label in enumerate(labels, start=7):
        examples, has = judged(label, val)
        share = None if label in deep.HEAD_LABELS.values() else max(SHARE, has.mean())
        scaled.append(calibrated_label(logits(examples)[:, at], has, share))
    settings = msgspec.structs.replace(
        blank,
        sentiment=felt(val["sentiment"].val + elsewhere(data)),
        abroad=felt([one for name in corpora.UMSAB_LANGUAGES for one in corpora.umsab(data, name, "val")]),
        emotions=calibrated(
            logits([one.text for one in val["emotion"].val])[:, 3:7], _numbers(val["emotion"]), balanced=False
        ),
        scaled=tuple(scaled),
    )
    _write(out / "fast.json", settings)


def elsewhere(data: Path) -> list[corpora.Example]:
    """Comments on which sentiment is calibrated beside val. Val is of the same years and hands as what was learnt, and
    on it a model is surer than it may be of anything else: half of what calibrates comes from another network."""
    return corpora.goemotions(data, "dev")[:ELSEWHERE]


def write_thresholds(found: list[Task], out: Path) -> None:
    """From which probability a label is told, by depth: by which mistake it favours. Left out is one that would be
    wrong more often than right, or hardly ever told, on what was kept aside, or that does not hold on the held-out
    texts: they choose nothing but that."""
    val = {task.name: task for task in found}
    fast, deep_one = Hashed.load(out), Deep(out)
    models: dict[Depth, Callable[[list[str]], Chances]] = {
        Depth.FAST: lambda texts: together([fast.tell(some, [True] * (len(some.starts) - 1)) for some in lexed(texts)]),
        Depth.DEEP: lambda texts: read_both(deep_one, fast, texts)[0],
    }
    apart = held()
    fit: dict[str, dict[str, Threshold]] = {depth.value: {} for depth in models}
    for depth, tell in models.items():
        for label, definition in definitions().items():
            texts, has = judged(label, val)
            if not texts:
                continue
            chances = tell(texts)
            threshold = BY_FAVOUR[definition.favours]
            said = chances.labels[:, chances.names.index(label)] >= threshold.yes
            recall, alarms = said[has == 1].mean(), said[has == 0].mean()
            share = max(SHARE, has.mean())
            precision = share * recall / max(share * recall + (1 - share) * alarms, 1e-9)
            if precision < LEAST_RIGHT or recall < LEAST_FOUND:
                continue
            if label in apart:
                chances = tell([one.text for one in apart[label]])
                truth = np.array([one.label for one in apart[label]], dtype=np.int64)
                if auc(truth, chances.labels[:, chances.names.index(label)]) < LEAST_APART:
                    continue
            fit[depth.value][label] = threshold
    (out / "thresholds.json").write_bytes(msgspec.json.format(msgspec.json.encode(fit), indent=2) + b"\n")


def judged(label: str, held: Mapping[str, Task]) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The texts that choose and calibrate for a label, and whether they have it."""
    for task, name in deep.HEAD_LABELS.items():
        if name == label:
            return [one.text for one in held[task].val], _numbers(held[task])
    return aside(label) if label != "namesake" else ([], np.zeros(0, np.int64))


def install(out: Path, folder: Path = deep.HERE) -> None:
    """Put what was trained in the place of what is in use. Beside, then over: processes that have it open keep it
    whole."""
    for name in ("deep.onnx", "tokenizer.json", "deep.json", "labels.npz", "fast.npz", "fast.json", "thresholds.json"):
        shutil.copyfile(out / name, folder / f"{name}.new")
        (folder / f"{name}.new").replace(folder / name)


def _told(teacher: Deep, texts: Sequence[str], progress: Progress) -> Chances:
    """On all cores: the network lets go of the interpreter while it computes."""
    batches = [texts[start : start + READ_AT_ONCE] for start in range(0, len(texts), READ_AT_ONCE)]
    parts: list[Chances] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for chances, _ in pool.map(teacher.tell, batches):
            progress(len(parts) / len(batches), "reading what to distil")
            parts.append(chances)
    return together(parts)


def _numbers(task: Task) -> npt.NDArray[np.int64]:
    return np.array([one.label for one in task.val], dtype=np.int64)


def _write(file: Path, settings: msgspec.Struct) -> None:
    file.write_bytes(msgspec.json.format(msgspec.json.encode(settings), indent=2) + b"\n")
