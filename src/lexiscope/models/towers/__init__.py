"""towers: from one image to levels, the features after each stage of a network.

A tower is an `nn.Module` with `spatial_dims`, `prefix`, `widths` and a forward `(b, c, ...)` -> levels, each
`(b, n, d)`; the first `prefix` tokens of a level are class and register tokens, the rest are places in raster order.
Level 0 is the earliest, the last level is the network's own output.
"""

from typing import Any

from lexiscope.core.catalog import Catalog
from lexiscope.models.towers.tower import Tower

TOWERS = Catalog(
    "tower",
    {
        "vit": "lexiscope.models.towers.vit:ViT",
        "cnn": "lexiscope.models.towers.cnn:CNN",
        "pretrained": "lexiscope.models.towers.pretrained:PretrainedTower",
    },
)


def names_from_scratch() -> list[str]:
    """Names of the towers that begin with random weights.

    Example:
        >>> names_from_scratch()[:2]
        ['vit', 'cnn']
    """
    return [name for name in TOWERS if name != "pretrained"]


def build_tower(settings: dict[str, Any]) -> Tower:
    """A tower with random weights from its settings, `{"kind": name in TOWERS, ...}`.

    Raises:
        UsageError: no tower of that kind.

    Example:
        >>> build_tower({"kind": "cnn", "channels": 1, "stages": (8, 16)}).widths
        (8, 16)
    """
    return TOWERS.load(settings["kind"])(**{name: value for name, value in settings.items() if name != "kind"})


__all__ = ["TOWERS", "Tower", "build_tower", "names_from_scratch"]
