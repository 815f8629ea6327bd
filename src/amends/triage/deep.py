"""The deep model: a small sentence encoder in 8-bit integers, with a linear head for each thing that is read, all on
one pass. A core reads some hundreds of posts a second, in 100 MB."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import onnxruntime

from amends.triage.chances import Chances, Floats, Scaling, scaled_each, sigmoid, softmax
from amends.triage.labels.by_rule import Rules, Said
from amends.triage.wordpiece import WordPiece

HERE = Path(__file__).parent / "weights"
LONGEST = 64  # tokens read of a post
WIDTH = 384  # features
HEADS = {"sentiment": 3, "offensive": 2, "emotion": 4, "irony": 2}
"""What the encoder itself tells, in this order, and in how many classes."""
HEAD_LABELS = {"offensive": "offensive", "irony": "sarcasm"}
"""Which of these heads are labels, whose second class is yes."""

BY_RULE = {Said.NO: -0.4, Said.PERHAPS: 0.4, Said.SURELY: 2.0}
"""Logits by which rules move what the head of their label says. A rule that is sure is wrong once in ten, one that says
perhaps every second time; since head and rule see the same words, about half of that counts."""

_HANDLE = re.compile(r"(?<![\w.])@\w+(?:[.@-]\w+)*")
_LINK = re.compile(r"https?://\S+|www\.\S+")
_BEGINNING = 1_000  # characters that hold `LONGEST` tokens of any post that is one

Features = npt.NDArray[np.float32]


class Settings(msgspec.Struct, frozen=True):
    """How what is read becomes calibrated. `labels` first has those of `HEAD_LABELS`, then those that have a head in
    `labels.npz`; `scaled` is in the same order."""

    sentiment: Scaling
    emotions: Scaling
    labels: tuple[str, ...]
    scaled: tuple[Scaling, ...]
    trained: dict[str, float | int | str]


class Encoder:
    """The network alone: it tells features and logits."""

    def __init__(self, folder: Path) -> None:
        """Raises `FileNotFoundError` where the folder has no model."""
        self._pieces = WordPiece.load(folder / "tokenizer.json", LONGEST)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a process a core is better served than one with all of them
        options.enable_cpu_mem_arena = False  # it would keep what the largest batch took, and is no faster
        if not (file := folder / "deep.onnx").exists():
            raise FileNotFoundError(file)
        self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])

    def read(self, texts: Sequence[str]) -> tuple[Features, Features]:
        """(features (texts, `WIDTH`), logits (texts, all classes of `HEADS`)). Any text is read.

        Each by itself: the bytes of a batch share one scale, so that a text would say something else beside others. It
        is no slower on a processor."""
        features = np.zeros((len(texts), WIDTH), np.float32)
        logits = np.zeros((len(texts), sum(HEADS.values())), np.float32)
        for row, text in enumerate(texts):
            ids = np.array([self._pieces.ids(masked(text[:_BEGINNING]))], np.int32)
            given = {"ids": ids, "mask": np.ones_like(ids)}
            features[row : row + 1], logits[row : row + 1] = self._session.run(["pooled", "logits"], given)
        return features, logits


class Deep:
    """The encoder with what was learnt on its features."""

    def __init__(self, folder: Path = HERE) -> None:
        """Raises `FileNotFoundError` where the folder has no model."""
        self.encoder = Encoder(folder)
        self.settings = msgspec.json.decode((folder / "deep.json").read_bytes(), type=Settings)
        with np.load(folder / "labels.npz") as found:
            self._weight, self._bias = found["weight"].astype(np.float64), found["bias"].astype(np.float64)
        self._rules = Rules.load()

    def tell(self, texts: Sequence[str]) -> tuple[Chances, Features]:
        """What is read, and the features on which more can be learnt."""
        features, logits = self.encoder.read(texts)
        heads = parted(logits)
        settings = self.settings
        own = [heads[name][:, 1:] - heads[name][:, :1] for name in HEAD_LABELS]
        learnt = features.astype(np.float64) @ self._weight.T + self._bias
        yes = np.concatenate([*own, learnt], axis=1)
        chances = Chances(
            settings.labels,
            softmax(settings.sentiment(heads["sentiment"])),
            softmax(settings.emotions(heads["emotion"])),
            sigmoid(scaled_each(yes, settings.scaled) + evidence(self._rules, texts, settings.labels)),
        )
        return chances, features


def evidence(rules: Rules, texts: Sequence[str], labels: Sequence[str]) -> Floats:
    """What the rules add to the logit of each label, (texts, labels); nothing for labels that have none."""
    found = np.zeros((len(texts), len(labels)))
    places = {label: at for at, label in enumerate(labels) if label in rules.labels}
    found[:, list(places.values())] = BY_RULE[Said.NO]
    for row, text in enumerate(texts):
        for label, said in rules.told(text[:_BEGINNING]).items():
            if label in places:
                found[row, places[label]] = BY_RULE[said]
    return found


def parted(logits: Features) -> dict[str, Floats]:
    """The logits of each of `HEADS`."""
    found, at = {}, 0
    for name, classes in HEADS.items():
        found[name] = logits[:, at : at + classes].astype(np.float64)
        at += classes
    return found


def masked(text: str) -> str:
    """As TweetEval masks: every handle `@user`, every link `http` (Barbieri et al., 2020)."""
    plain = text.encode("utf-8", "replace").decode() if not text.isascii() else text  # half a pair is no character
    return _LINK.sub("http", _HANDLE.sub("@user", plain))
