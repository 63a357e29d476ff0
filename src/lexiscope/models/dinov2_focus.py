"""`dinov2-small-focus`: the DINOv2 ViT-S/14 inside an ONNX saliency network, as a transformers state dict.

The exporter kept the names of biases, norms and layer scales (`backbone.<hub name>`), folded the transposed weights of
the linear layers into anonymous initialisers, and split the position embeddings in two. A MatMul node's name is still
its module's path, so every weight is matched by name, none by order or shape.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lexiscope.core.extras import need

# Arguments of transformers' Dinov2Config. 518 pixels = 37 x 37 patches; other sizes interpolate the positions.
DINOV2_FOCUS_CONFIG: dict[str, Any] = {
    "model_type": "dinov2",
    "hidden_size": 384,
    "num_hidden_layers": 12,
    "num_attention_heads": 6,
    "image_size": 518,
    "patch_size": 14,
}
_RENAMED = (
    (".attention.attention.query.", ".attention.q_proj."),
    (".attention.attention.key.", ".attention.k_proj."),
    (".attention.attention.value.", ".attention.v_proj."),
    (".attention.output.dense.", ".attention.o_proj."),
)


def dinov2_focus_state(onnx_file: Path) -> dict[str, Tensor]:
    """State dict of `Dinov2Model(Dinov2Config(**DINOV2_FOCUS_CONFIG))`; the saliency decoder is left out."""
    onnx: Any = need("onnx", extra="weights")
    numpy_helper: Any = need("onnx.numpy_helper", extra="weights")
    graph = onnx.load(str(onnx_file)).graph
    arrays = {item.name: torch.from_numpy(np.array(numpy_helper.to_array(item))) for item in graph.initializer}
    state = {_renamed(name.removeprefix("backbone.")): x for name, x in arrays.items() if name.startswith("backbone.")}
    positions = []
    for path, operation, folded in _folded_weights(graph, arrays):
        if operation == "MatMul":  # y = x @ W, so W is the transposed weight of the layer
            state[_renamed(path.removesuffix("/MatMul").replace("/", ".") + ".weight")] = folded.T.contiguous()
        elif path.startswith("embeddings/") and folded.ndim == 3:
            positions.append(folded)  # (1, 1, 384) of the class token, (1, 37 * 37, 384) of the grid
    state["embeddings.position_embeddings"] = torch.cat(sorted(positions, key=lambda x: x.shape[1]), dim=1)
    state["embeddings.mask_token"] = torch.zeros(1, 384)  # used in pre-training only, not in the file
    return state


def _folded_weights(graph: Any, arrays: Mapping[str, Tensor]) -> Iterator[tuple[str, str, Tensor]]:
    """Path of the module, operation and weight of each node that reads an anonymous initialiser."""
    for node in graph.node:
        folded = [arrays[name] for name in node.input if name.startswith("onnx::") and name in arrays]
        if folded and node.name.startswith("/backbone/"):
            yield node.name.removeprefix("/backbone/"), node.op_type, folded[0]


def _renamed(name: str) -> str:
    for old, new in _RENAMED:
        name = name.replace(old, new)
    return name
