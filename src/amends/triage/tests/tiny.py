"""An encoder of one layer with random weights, and a tokenizer of few words: enough to go all the way in a second."""

from __future__ import annotations

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor

from amends.triage.deep import WIDTH
from amends.triage.training import encoder, export

WORDS = ["[PAD]", "[UNK]", "bag", "lost", "late", "great", "kind", "flight", "gate", "thanks", "awful", "where", "is"]
INNER = 64


def one_layer(monkeypatch) -> None:
    """For the rest of the test."""
    monkeypatch.setattr(encoder, "LAYERS", 1)
    monkeypatch.setattr(export, "LAYERS", 1)


def weights(heads: dict[str, int] | None = None) -> dict[str, Tensor]:
    """By the names of all-MiniLM-L6-v2, with a head for each of `heads`: its number of classes."""
    torch.manual_seed(5)
    width, at = WIDTH, "encoder.layer.0."
    matrices = {f"{at}attention.self.{name}": (width, width) for name in ("query", "key", "value")}
    matrices[f"{at}attention.output.dense"] = (width, width)
    matrices[f"{at}intermediate.dense"] = (INNER, width)
    matrices[f"{at}output.dense"] = (width, INNER)
    matrices |= {f"heads.{name}": (classes, width) for name, classes in (heads or {}).items()}
    found = {
        "embeddings.word_embeddings.weight": torch.randn(len(WORDS), width),
        "embeddings.position_embeddings.weight": torch.randn(512, width) * 0.2,
        "embeddings.token_type_embeddings.weight": torch.randn(2, width) * 0.2,
    }
    for name, shape in matrices.items():
        found |= {f"{name}.weight": torch.randn(shape) / shape[1] ** 0.5, f"{name}.bias": torch.randn(shape[0]) * 0.1}
    for name in ("embeddings", f"{at}attention.output", f"{at}output"):
        found[f"{name}.LayerNorm.weight"] = 1 + torch.randn(width) * 0.1
        found[f"{name}.LayerNorm.bias"] = torch.randn(width) * 0.1
    return found


def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return made
