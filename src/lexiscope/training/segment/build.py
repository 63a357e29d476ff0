"""`build_segmenter`: a segmenter before training, from settings and a layout."""

from typing import Any

from torch import Tensor, nn

from lexiscope.models.build import seeded
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.lite_medsam import LITE_MEDSAM_ATTENTION, lite_medsam_attention
from lexiscope.models.segmenter.segmenter import Segmenter, SegmenterConfig
from lexiscope.models.segmenter.tower_tuning import pointwise_layers, reached_layers
from lexiscope.models.text import TextTower
from lexiscope.models.towers.pretrained import PretrainedTower
from lexiscope.models.weights import resolve
from lexiscope.training.segment.config import SegmentConfig
from lexiscope.training.segment.layout import Layout

_TEXT = "sentence-transformers/all-MiniLM-L6-v2"
_LEVELS = {"vit": (3, 6, 9), "mobilenet-v2": (4, 7, 14)}
_DENSITY = {"vit": 14 / 16, "mobilenet-v2": 7 / 6}  # pixels that a tower reads for a pixel of the image
_SQUEEZE = 2  # times a tile up to which an image is read at once
_RANK = 8  # of an adapter beside a tower


def build_segmenter(layout: Layout, config: SegmentConfig, model: ModelDirectory) -> Segmenter:
    """A segmenter on pretrained or fresh weights.

    Args:
        layout: Grid that it reads.
        config: Settings of the run.
        model: Model directory, whose text tower is taken where the settings name none.

    Raises:
        WeightsError: no such weights.
        ModelError: settings that do not fit together.
    """
    text, weights = _text_tower(config, model)
    width = config.width
    trunk: dict[str, Any] = {"kind": "cnn", "widths": (8 * width, 10 * width)}
    weighted = None
    if config.pretrained is not None:
        origin = resolve(config.pretrained, allow_download=config.allow_download)
        settings, weighted = PretrainedTower.load(origin)
        trunk = {"kind": "tower", "widths": (8 * width, 10 * width), "tower": settings}
        tile = layout.tile if config.tower == "frozen" else max(layout.window)
        size = round(_DENSITY[config.backbone] * tile)
        trunk |= {"levels": _LEVELS[config.backbone], "size": size, "tile": tile, "squeeze": _SQUEEZE}
        trunk |= _learning(weighted, config)
        weights.append(origin.to_dict())
    conditioning: dict[str, Any] = {"kind": config.decoder}
    attention: dict[str, Tensor] = {}
    if config.attention is not None:
        origin = resolve(config.attention)
        conditioning |= LITE_MEDSAM_ATTENTION
        attention = lite_medsam_attention(origin.path, dims=layout.grid.dims)
        weights.append(origin.to_dict())
    settings = SegmenterConfig(
        modalities=dict(layout.grid.channels),
        dims=layout.grid.dims,
        context=config.context,
        fusion=config.fusion,
        stem=(width, 2 * width, 4 * width),
        trunk=trunk,
        decoder=(width, 2 * width, 4 * width, 8 * width),
        conditioning=conditioning,
        text=text.config.to_dict(),
        weights=weights,
    )
    with seeded(config.seed):
        segmenter = Segmenter(settings, text.tokenizer)
    segmenter.text.load_state_dict(text.state_dict())
    segmenter.decoder.load_state_dict({**segmenter.decoder.state_dict(), **attention})
    if weighted is not None:
        assert segmenter.trunk.tower is not None
        _fill(segmenter.trunk.tower, weighted)
    return segmenter


def _learning(tower: PretrainedTower, config: SegmentConfig) -> dict[str, Any]:
    """Settings of the trunk for what trains of its tower."""
    if config.tower == "frozen":
        return {}
    layers = reached_layers(tower, max(_LEVELS[config.backbone]))
    if config.tower == "trained":
        return {"learns": layers}
    return {"learns": pointwise_layers(tower, layers), "rank": _RANK}


def _fill(tower: nn.Module, weighted: PretrainedTower) -> None:
    """The pretrained weights, whatever adapter stands beside their layers."""
    state = tower.state_dict()
    plain = {name.replace(".base_layer.", "."): name for name in state}
    tower.load_state_dict({**state, **{plain[name]: weight for name, weight in weighted.state_dict().items()}})


def _text_tower(config: SegmentConfig, model: ModelDirectory) -> tuple[TextTower, list[dict[str, str]]]:
    """The text tower, and the origins of its weights.

    That of a joint space is read at its end alone: with levels side by side, as aligning reads them, the names of
    structures are more alike (lesion and oedema 0.62 in place of 0.39), and a short training did not learn the second.
    """
    if config.text is None and (model.has("text") or model.has("joint")):
        part = "joint" if model.has("joint") else "text"
        weights = model.joint().config.weights if part == "joint" else model.record("text").get("weights", ())
        return model.text().at_last_level(), [dict(origin) for origin in weights]
    source = resolve(config.text or _TEXT, allow_download=config.allow_download)
    return TextTower.load(source), [source.to_dict()]
