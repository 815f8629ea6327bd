"""The taught encoder as an ONNX graph of 8-bit integers: every matrix and the embeddings are bytes, with a scale for
each column or row; what is multiplied with them is made bytes as it comes.

The graph is written node by node, in the fused operations of ONNX Runtime (`com.microsoft`), so that nothing has to
recognise them in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from amends.triage.deep import WIDTH
from amends.triage.training.encoder import HEADS, LAYERS

Floats = npt.NDArray[np.float32]
FUSED = "com.microsoft"


class Graph:
    """Nodes and constants so far."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: npt.NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def node(self, kind: str, inputs: Sequence[str], out: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [out], name=out, domain=domain, **attributes))
        return out

    def multiplied(self, states: str, name: str, weight: Floats, bias: Floats | None) -> str:
        """`states` times a matrix given as (out, in), with a scale for each of its rows."""
        whole, scale = in_bytes(weight)
        inputs = [states, self.constant(f"{name}.bytes", np.ascontiguousarray(whole.T))]
        inputs += [self.constant(f"{name}.scale", scale), self.constant(f"{name}.zero", np.zeros(len(scale), np.int8))]
        inputs += [self.constant(f"{name}.bias", bias)] if bias is not None else []
        return self.node("DynamicQuantizeMatMul", inputs, f"{name}.out", FUSED)


def in_bytes(rows: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Each row as whole numbers from -127 to 127, and what they are to be multiplied with."""
    scale = np.maximum(np.abs(rows).max(axis=1), 1e-8) / 127
    return np.rint(rows / scale[:, None]).astype(np.int8), scale.astype(np.float32)


def export(weights: Mapping[str, Floats], heads: Sequence[str], out: Path) -> None:
    """Write the model. It takes `ids` and `mask` (texts, tokens; int32) and gives `pooled` (texts, 384) and `logits`
    (texts, all classes), in which the heads stand one after the other."""
    graph = Graph()
    states = _embedded(graph, weights)
    for layer in range(LAYERS):
        states = _layer(graph, weights, f"encoder.layer.{layer}.", states)
    share = graph.node(
        "Unsqueeze", [graph.node("Cast", ["mask"], "seen", to=TensorProto.FLOAT), _axis(graph, -1)], "share"
    )
    summed = graph.node("ReduceSum", [graph.node("Mul", [states, share], "shared"), _axis(graph, 1)], "sum", keepdims=0)
    pooled = graph.node(
        "Div", [summed, graph.node("ReduceSum", [share, _axis(graph, 1)], "count", keepdims=0)], "pooled"
    )
    matrix = np.concatenate([weights[f"heads.{name}.weight"] for name in heads])
    biases = np.concatenate([weights[f"heads.{name}.bias"] for name in heads])
    inputs = [pooled, graph.constant("heads.weight", matrix), graph.constant("heads.bias", biases)]
    graph.node("Gemm", inputs, "logits", transB=1)
    given = [helper.make_tensor_value_info(name, TensorProto.INT32, ["texts", "tokens"]) for name in ("ids", "mask")]
    found = [
        helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["texts", WIDTH]),
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["texts", len(matrix)]),
    ]
    whole = helper.make_graph(graph.nodes, "triage", given, found, graph.constants)
    versions = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
    model = helper.make_model(whole, opset_imports=versions, ir_version=8)
    out.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(out))


def _embedded(graph: Graph, weights: Mapping[str, Floats]) -> str:
    whole, scale = in_bytes(weights["embeddings.word_embeddings.weight"])
    words = graph.node("Gather", [graph.constant("words.bytes", whole), "ids"], "words.picked")
    words = graph.node("Cast", [words], "words.cast", to=TensorProto.FLOAT)
    scales = graph.node("Gather", [graph.constant("words.scale", scale[:, None]), "ids"], "words.scales")
    words = graph.node("Mul", [words, scales], "words")
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    size = graph.node("Gather", [graph.node("Shape", ["ids"], "shape"), graph.constant("one", np.array([1]))], "size")
    inputs = [graph.constant("places", places[:512].astype(np.float32)), graph.constant("none", np.array([0])), size]
    states = graph.node("Add", [words, graph.node("Slice", inputs, "places.used")], "embedded")
    return graph.node(
        "LayerNormalization", [states, *_norm(graph, weights, "embeddings.LayerNorm")], "states", epsilon=1e-12
    )


def _layer(graph: Graph, weights: Mapping[str, Floats], at: str, states: str) -> str:
    own = {name: (weights[f"{at}{name}.weight"], weights[f"{at}{name}.bias"]) for name in MATRICES}
    asked, keys, values = (graph.multiplied(states, f"{at}{name}", own[name][0], own[name][1]) for name in MATRICES[:3])
    attended = [asked, keys, values, "", "mask"]
    heard = graph.node("MultiHeadAttention", attended, f"{at}heard", FUSED, num_heads=HEADS)
    joined = graph.multiplied(heard, f"{at}{MATRICES[3]}", *own[MATRICES[3]])
    inputs = [joined, states, *_norm(graph, weights, f"{at}attention.output.LayerNorm")]
    states = graph.node("SkipLayerNormalization", inputs, f"{at}attended", FUSED, epsilon=1e-12)
    grown = graph.multiplied(states, f"{at}{MATRICES[4]}", *own[MATRICES[4]])
    grown = graph.node("Gelu", [grown], f"{at}grown", FUSED)
    shrunk = graph.multiplied(grown, f"{at}{MATRICES[5]}", *own[MATRICES[5]])
    inputs = [shrunk, states, *_norm(graph, weights, f"{at}output.LayerNorm")]
    return graph.node("SkipLayerNormalization", inputs, f"{at}states", FUSED, epsilon=1e-12)


MATRICES = (
    "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
    "intermediate.dense", "output.dense",
)  # fmt: skip


def _norm(graph: Graph, weights: Mapping[str, Floats], name: str) -> list[str]:
    return [graph.constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias")]


def _axis(graph: Graph, axis: int) -> str:
    return graph.constant(f"axis.{axis}.{len(graph.constants)}", np.array([axis]))
