"""The deep model: a small sentence encoder in 8-bit integers, and a linear head for each thing that is read, all on one
pass. A core reads some hundreds of posts a second, in 100 MB."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from amends.triage.sentiment import softmax

LONGEST = 64  # tokens read of a post
BATCH = 16  # posts at once, of about one length: more is no faster on a processor
_HANDLE = re.compile(r"(?<![\w.])@\w+(?:[.@-]\w+)*")
_LINK = re.compile(r"https?://\S+|www\.\S+")
_BEGINNING = 1_000  # characters that hold `LONGEST` tokens of any post that is one

Floats = npt.NDArray[np.float64]


class Head(msgspec.Struct, frozen=True):
    """One thing that is read. Its logits, divided by `temperature` and with `bias` added, are those of calibrated
    probabilities: by softmax, of `labels` in their order."""

    name: str
    labels: tuple[str, ...]
    temperature: float = 1.0
    bias: tuple[float, ...] = ()


class Read(msgspec.Struct, frozen=True):
    """What was read of some texts: `chances` by head, (texts, labels); `features` (texts, 384), on which further heads
    can learn."""

    chances: dict[str, Floats]
    features: npt.NDArray[np.float32]


class Deep:
    def __init__(self, folder: Path) -> None:
        """Raises `FileNotFoundError` where the folder has no model."""
        self.heads = msgspec.json.decode((folder / "triage.json").read_bytes(), type=list[Head])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a process a core is better served than one with all of them
        self._session = onnxruntime.InferenceSession(
            folder / "triage.onnx", options, providers=["CPUExecutionProvider"]
        )

    def read(self, texts: Sequence[str]) -> Read:
        """Any text is read, in batches of about one length; the answers stand in the order of the texts."""
        features, logits = self.logits(texts)
        chances: dict[str, Floats] = {}
        at = 0
        for head in self.heads:
            own = logits[:, at : at + len(head.labels)].astype(np.float64)
            chances[head.name] = softmax(own / head.temperature + np.array(head.bias or (0.0,)))
            at += len(head.labels)
        return Read(chances, features)

    def logits(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """(features, the raw logits of all heads)."""
        tokens = [one.ids for one in self._tokenizer.encode_batch([masked(text[:_BEGINNING]) for text in texts])]
        features = np.zeros((len(tokens), 384), np.float32)
        logits = np.zeros((len(tokens), sum(len(head.labels) for head in self.heads)), np.float32)
        order = sorted(range(len(tokens)), key=lambda row: len(tokens[row]))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            ids = np.zeros((len(rows), len(tokens[rows[-1]])), np.int32)
            mask = np.zeros_like(ids)
            for at, row in enumerate(rows):
                ids[at, : len(tokens[row])] = tokens[row]
                mask[at, : len(tokens[row])] = 1
            features[rows], logits[rows] = self._session.run(["pooled", "logits"], {"ids": ids, "mask": mask})
        return features, logits


def masked(text: str) -> str:
    """As TweetEval masks: every handle `@user`, every link `http` (Barbieri et al., 2020)."""
    plain = text.encode("utf-8", "replace").decode() if not text.isascii() else text  # half a pair is no character
    return _LINK.sub("http", _HANDLE.sub("@user", plain))
