"""`choose_views`: sensible views for the modalities of a corpus."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from lexiscope.core.case import Case
from lexiscope.core.errors import ViewError
from lexiscope.views.intensity import Intensity
from lexiscope.views.planar import PlanarView
from lexiscope.views.slices import SlicesView
from lexiscope.views.view import View
from lexiscope.views.volume import VolumeView


def choose_views(
    corpus: Iterable[Case],
    *,
    size: int,
    modalities: Sequence[str] | None = None,
    slices: int = 8,
    grid: tuple[int, int, int] | None = None,
    spacing: tuple[float, float, float] | None = None,
    fit: str = "pad",
    intensity: Intensity | None = None,
) -> dict[str, View]:
    """A view for each modality: planar where most images are planes, slices (or a whole volume) where most are volumes.

    A modality that is grey throughout keeps one channel, which costs a third of the disk and of the reading.

    Args:
        corpus: Its cases, read once.
        size: Side of a picture in pixels: a multiple of the tower's patch.
        modalities: Which to take; all, in alphabetical order, when None.
        slices: Of a volume, when it is read as slices.
        grid: (z, y, x) voxels when volumes are read whole, for 3-D towers; None reads them as slices.
        spacing: (z, y, x) of that grid in the unit of the images; None resizes by shape.
        intensity: The tower's own mean and std; ImageNet's when None.

    Raises:
        ViewError: a modality that no case has, or a corpus without images.
    """
    count, volumes, coloured = Counter[str](), Counter[str](), Counter[str]()
    for case in corpus:
        count.update(list(case.images))
        volumes.update(name for name, image in case.images.items() if image.is_volume)
        coloured.update(name for name, image in case.images.items() if image.channels > 1)
    wanted = sorted(count) if modalities is None else list(modalities)
    unknown = [name for name in wanted if name not in count]
    if unknown or not wanted:
        msg = (
            f"no image of {', '.join(unknown) or 'any modality'} in the corpus, which has {dict(count) or 'no images'}"
        )
        raise ViewError(f"{msg}; choose among these modalities")
    views: dict[str, View] = {}
    for name in wanted:
        shared: dict[str, Any] = {"channels": 3 if coloured[name] else 1, "intensity": intensity or Intensity()}
        if 2 * volumes[name] <= count[name]:
            views[name] = PlanarView(size=size, fit=fit, **shared)
        elif grid is None:
            views[name] = SlicesView(size=size, slices=slices, fit=fit, **shared)
        else:
            views[name] = VolumeView(grid=grid, spacing=spacing, **shared)
    return views
