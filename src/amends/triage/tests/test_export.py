"""What is written as whole numbers tells what PyTorch tells."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

torch = pytest.importorskip("torch")

from amends.triage.tests import tiny  # noqa: E402 - needs PyTorch
from amends.triage.training import encoder  # noqa: E402
from amends.triage.training.export import export, in_bytes  # noqa: E402

HEADS = {"sentiment": 3, "irony": 2}
TEXTS = [[2, 3, 4], [11, 12, 2, 3, 10, 5], [9], [5, 6, 7, 8] * 16]


def test_the_graph_tells_what_torch_tells(monkeypatch, tmp_path) -> None:
    tiny.one_layer(monkeypatch)
    weights = tiny.weights(HEADS)
    export({name: value.numpy() for name, value in weights.items()}, list(HEADS), tmp_path / "deep.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "deep.onnx"), providers=["CPUExecutionProvider"])
    ids, mask = encoder.padded(TEXTS)
    given = {"ids": ids.numpy().astype(np.int32), "mask": mask.numpy().astype(np.int32)}
    pooled, logits = session.run(["pooled", "logits"], given)
    right = encoder.encode(weights, ids, mask)
    told = torch.cat([right @ weights[f"heads.{name}.weight"].T + weights[f"heads.{name}.bias"] for name in HEADS], 1)
    alike = torch.cosine_similarity(right, torch.from_numpy(pooled))
    assert alike.min() > 0.999
    assert np.abs(logits - told.numpy()).max() < 0.05 * told.std().item()


def test_padding_changes_nothing(monkeypatch) -> None:
    tiny.one_layer(monkeypatch)
    weights = tiny.weights()
    together = encoder.encode(weights, *encoder.padded(TEXTS))
    for row, text in enumerate(TEXTS):
        assert torch.allclose(together[row], encoder.encode(weights, *encoder.padded([text]))[0], atol=1e-5)


def test_rows_in_bytes_come_back_to_half_a_step() -> None:
    rows = np.random.default_rng(1).normal(0, 1, (20, 50)).astype(np.float32)
    rows[3] = 0
    rows[4] *= 1e4  # its own scale: the others lose nothing by it
    whole, scale = in_bytes(rows)
    assert whole.dtype == np.int8
    assert (np.abs(whole * scale[:, None] - rows) <= 0.5001 * scale[:, None]).all()
    assert (whole[3] == 0).all()
