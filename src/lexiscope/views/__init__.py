"""views: from an image file to the tensor that a tower reads.

In: the pixels of an `Image` as `sources.pixels.read_pixels` gives them, `(c, y, x)` or `(c, z, y, x)`, and the spacing.
Out: a prepared array of fixed shape in float16, kept in a `ViewCache`; `load_batch` stacks them for a list of cases.

A view is a frozen setting, so its `key` names what it prepares. Augmentation is drawn later and never cached.
"""

from typing import Any

from lexiscope.core.catalog import Catalog
from lexiscope.core.errors import ViewError
from lexiscope.views.augmentation import Augmentation
from lexiscope.views.batch import ImageBatch, load_batch
from lexiscope.views.cache import ViewCache
from lexiscope.views.choose import choose_views
from lexiscope.views.view import View

VIEWS = Catalog(
    "view",
    {
        "planar": "lexiscope.views.planar:PlanarView",
        "slices": "lexiscope.views.slices:SlicesView",
        "volume": "lexiscope.views.volume:VolumeView",
    },
)


def view_from_dict(record: dict[str, Any]) -> View:
    """The view that `View.to_dict` described.

    Raises:
        UsageError: no view of that kind.
        ViewError: a setting is missing, unknown or makes no sense.

    Example:
        >>> view_from_dict({"kind": "planar", "size": 64}).shape
        (3, 64, 64)
    """
    settings = dict(record)
    kind = settings.pop("kind", None)
    if kind is None:
        raise ViewError(f"expected a view's settings with a 'kind', got {sorted(record)}; compare with View.to_dict()")
    try:
        return VIEWS.load(kind).from_settings(settings)
    except TypeError as error:
        raise ViewError(f"the settings of a {kind} view do not fit: {error}; compare with View.to_dict()") from error


__all__ = ["VIEWS", "Augmentation", "ImageBatch", "View", "ViewCache", "choose_views", "load_batch", "view_from_dict"]
