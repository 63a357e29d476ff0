"""`with_charts`: an interpretation as JSON types with the charts that a page draws: bars, words, maps over images."""

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.json_types import to_json

if TYPE_CHECKING:
    from lexiscope.interpret.charts import Chart, Gallery, Overlays
    from lexiscope.interpret.interpretation import Interpretation

_OPACITIES = 18  # of maps over slices, of which there may be hundreds
_SIDE = 128  # pixels of the shorter side, up to which small pictures are enlarged


def with_charts(made: "Interpretation") -> dict[str, Any]:
    """What `Interpretation.to_dict` gives, every result with its "charts".

    Bars and waterfalls have their numbers, words their weights, and galleries PNG pictures in `data:` addresses, each
    with the map over it, whose opacity is its value. Of images with maps all slices stand in one picture, one below the
    other.
    """
    told = made.to_dict()
    for subject, shown in zip(made.subjects, told["subjects"], strict=True):
        for result, row in zip(subject.results, shown["results"], strict=True):
            row["charts"] = charts_of(result.charts)
    return told


def charts_of(charts: "Sequence[Chart]") -> list[dict[str, Any]]:
    """Charts as JSON types; of kinds that a page does not draw, none.

    Example:
        >>> from lexiscope.interpret.charts import Words
        >>> charts_of([Words("Words that matter", [("red", 0.5)])])
        [{'kind': 'words', 'title': 'Words that matter', 'words': [['red', 0.5]]}]
    """
    return [plain for chart in charts if (plain := _plain(chart)) is not None]


def _plain(chart: "Chart") -> Any:
    from lexiscope.interpret.charts import Bars, Gallery, Overlays, Waterfall, Words

    told: dict[str, Any] = {"kind": type(chart).__name__.lower(), "title": chart.title}
    match chart:
        case Bars():
            told |= {"y_label": chart.y_label, "values": chart.values, "intervals": chart.intervals, "null": chart.null}
        case Waterfall():
            told |= {"start": chart.start, "parts": chart.parts, "end": chart.end}
        case Words():
            told |= {"words": list(chart.words)}
        case Gallery():
            told |= {"pictures": _pictures(chart)}
        case Overlays():
            told |= {"images": _sheets(chart)}
        case _:
            return None
    return to_json(told)


def _pictures(chart: "Gallery") -> list[dict[str, Any]]:
    overlays = list(chart.overlays) or [None] * len(chart.pictures)
    return [
        {
            "caption": caption,
            "image": _address(_enlarged(values)),
            "overlay": None if over is None else _address(_coloured(_enlarged(over))),
        }
        for (caption, values), over in zip(chart.pictures, overlays, strict=True)
    ]


def _sheets(chart: "Overlays") -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "slices": len(slices),
            "shown": chart.strongest(name),
            "width": slices.shape[2],
            "height": slices.shape[1],
            "image": _address(_levels(np.concatenate(slices), 256)),
            "maps": {
                of: _address(_coloured(_levels(np.concatenate(found[name]), _OPACITIES)))
                for of, found in chart.maps.items()
                if name in found
            },
        }
        for name, slices in chart.images.items()
    ]


def _coloured(alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Orange, the more opaque the larger the value: `(y, x, 4)`."""
    colour = np.empty((*alpha.shape, 4), np.uint8)
    colour[..., :3] = (255, 140, 0)
    colour[..., 3] = alpha
    return colour


def _enlarged(values: NDArray[Any]) -> NDArray[np.uint8]:
    shown = _levels(values, 256)
    factor = max(1, -(-_SIDE // min(shown.shape[:2])))
    return shown.repeat(factor, axis=0).repeat(factor, axis=1) if factor > 1 else shown


def _levels(values: NDArray[Any], count: int) -> NDArray[np.uint8]:
    """Values from 0 to 1 as bytes of so many levels; few of them make a small file."""
    share = np.clip(np.nan_to_num(np.asarray(values, np.float32)), 0, 1)
    return np.round(255 / (count - 1) * np.round((count - 1) * share)).astype(np.uint8)


def _address(pixels: NDArray[np.uint8]) -> str:
    import imagecodecs

    data = bytes(imagecodecs.png_encode(np.ascontiguousarray(pixels)))
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"
