"""The encoder as functions over a dictionary of weights, named as all-MiniLM-L6-v2 names them: BERT (Devlin et al.,
2018) of six layers, 384 wide (Wang et al., MiniLM, 2020)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from amends.triage.deep import WIDTH

HEADS = 12
LAYERS = 6
Weights = dict[str, Tensor]


def load(file: Path) -> Weights:
    """The weights of a `.safetensors` file, without those that classify nothing here. Raises `FileNotFoundError`."""
    from safetensors.torch import load_file

    found = {name.removeprefix("bert."): value.float() for name, value in load_file(file).items()}
    return {name: value for name, value in found.items() if not name.startswith(("pooler.", "embeddings.position_ids"))}


def encode(weights: Mapping[str, Tensor], ids: Tensor, mask: Tensor, dropout: float = 0.0) -> Tensor:
    """Texts as (texts, `WIDTH`): the mean of their tokens' last states. `ids` (texts, tokens) are padded where `mask`
    is False."""
    size = ids.shape[1]
    states = functional.embedding(ids, weights["embeddings.word_embeddings.weight"])
    states = states + weights["embeddings.position_embeddings.weight"][:size]
    states = _norm(states + weights["embeddings.token_type_embeddings.weight"][0], weights, "embeddings.LayerNorm")
    states = functional.dropout(states, dropout, training=dropout > 0)
    for layer in range(LAYERS):
        states = _layer(states, mask[:, None, None, :], weights, f"encoder.layer.{layer}.", dropout)
    share = mask[..., None].to(states.dtype)
    return (states * share).sum(1) / share.sum(1).clamp(min=1)


def _layer(states: Tensor, seen: Tensor, weights: Mapping[str, Tensor], at: str, dropout: float) -> Tensor:
    asked, keys, values = (
        _linear(states, weights, f"{at}attention.self.{name}").unflatten(-1, (HEADS, -1)).transpose(1, 2)
        for name in ("query", "key", "value")
    )
    heard = functional.scaled_dot_product_attention(asked, keys, values, attn_mask=seen, dropout_p=dropout)
    joined = _linear(heard.transpose(1, 2).flatten(2), weights, f"{at}attention.output.dense")
    joined = functional.dropout(joined, dropout, training=dropout > 0)
    states = _norm(states + joined, weights, f"{at}attention.output.LayerNorm")
    grown = _linear(functional.gelu(_linear(states, weights, f"{at}intermediate.dense")), weights, f"{at}output.dense")
    grown = functional.dropout(grown, dropout, training=dropout > 0)
    return _norm(states + grown, weights, f"{at}output.LayerNorm")


def _linear(states: Tensor, weights: Mapping[str, Tensor], name: str) -> Tensor:
    return functional.linear(states, weights[f"{name}.weight"], weights[f"{name}.bias"])


def _norm(states: Tensor, weights: Mapping[str, Tensor], name: str) -> Tensor:
    return functional.layer_norm(states, (WIDTH,), weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-12)


def padded(texts: list[list[int]]) -> tuple[Tensor, Any]:
    """Token ids of a batch as (ids, mask)."""
    size = max(map(len, texts))
    ids = torch.zeros(len(texts), size, dtype=torch.long)
    mask = torch.zeros(len(texts), size, dtype=torch.bool)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = torch.tensor(text)
        mask[row, : len(text)] = True
    return ids, mask
