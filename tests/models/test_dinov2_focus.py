"""`dinov2-small-focus`: the network inside the ONNX file, as transformers computes it."""

import numpy as np
import pytest
import torch

from lexiscope.models.dinov2_focus import DINOV2_FOCUS_CONFIG, dinov2_focus_state
from lexiscope.models.pretrained import load_pretrained, rebuild


@pytest.mark.weights
def test_dinov2_focus_matches_its_onnx_graph(installed) -> None:
    onnx = pytest.importorskip("onnx")
    from onnx.reference import ReferenceEvaluator

    source = installed("dinov2-small-focus")
    graph = onnx.load(str(source.path))
    last = "/backbone/layernorm/Add_1_output_0"
    keep = next(place for place, node in enumerate(graph.graph.node) if last in node.output) + 1
    del graph.graph.node[keep:], graph.graph.output[:]
    graph.graph.output.append(onnx.helper.make_tensor_value_info(last, onnx.TensorProto.FLOAT, None))
    image = np.random.default_rng(0).standard_normal((1, 3, 56, 56)).astype(np.float32)
    expected = ReferenceEvaluator(graph).run(None, {graph.graph.input[0].name: image})[0]
    with torch.no_grad():
        found = load_pretrained(source)(torch.from_numpy(image)).last_hidden_state.numpy()
    assert np.abs(found - expected).max() < 1e-4


@pytest.mark.weights
def test_every_weight_of_the_network_is_found_and_no_other(installed) -> None:
    pytest.importorskip("onnx")
    state = dinov2_focus_state(installed("dinov2-small-focus").path)
    wanted = {name: weight.shape for name, weight in rebuild(DINOV2_FOCUS_CONFIG).state_dict().items()}
    assert {name: weight.shape for name, weight in state.items()} == wanted
