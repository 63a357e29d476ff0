"""`choose_views`: sensible views for the modalities of a corpus."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

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
    """Views by modality: planar where most images are planes, slices (or a whole volume) where most are volumes.

    A modality that is grey throughout keeps one channel, which costs a third of the disk and of the reading.

    Args:
        corpus: Cases of a corpus, read once.
        size: Side of a picture in pixels: a multiple of the tower's patch.
        modalities: Modalities to take; all, in alphabetical order, when None.
        slices: Number of slices of a volume that is read as slices.
        grid: (z, y, x) voxels when volumes are read whole, for 3-D towers; None reads them as slices.
        spacing: (z, y, x) of that grid in the unit of the images; None resizes by shape.
        fit: "pad", "crop" or "squash", as in `PlanarView`.
        intensity: The tower's own mean and std; ImageNet's when None.

    Raises:
        ViewError: a modality that no case has, or a corpus without images.

    Example:
        >>> from lexiscope.core import Image, Provenance
        >>> image = Image("0" * 64, "sem", "tiff", shape=(512, 512))
        >>> case = Case("a", "specimen", Provenance("table"), images={"sem": image})
        >>> choose_views([case], size=224)["sem"].shape
        (1, 224, 224)
    """
    counts = _Counts.of(corpus)
    views: dict[str, View] = {}
    for name in counts.wanted(modalities):
        channels = 3 if counts.coloured[name] else 1
        shared: dict[str, Any] = {"channels": channels, "intensity": intensity or Intensity()}
        if not counts.mostly_volumes(name):
            views[name] = PlanarView(size=size, fit=fit, **shared)
        elif grid is None:
            views[name] = SlicesView(size=size, slices=slices, fit=fit, **shared)
        else:
            views[name] = VolumeView(grid=grid, spacing=spacing, **shared)
    return views


@dataclass(frozen=True)
class _Counts:
    """Images of each modality: all of them, volumes, and those with colour."""

    images: Counter[str] = field(default_factory=Counter)
    volumes: Counter[str] = field(default_factory=Counter)
    coloured: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, corpus: Iterable[Case]) -> Self:
        counts = cls()
        for case in corpus:
            counts.images.update(list(case.images))
            counts.volumes.update(name for name, image in case.images.items() if image.is_volume)
            counts.coloured.update(name for name, image in case.images.items() if image.channels > 1)
        return counts

    def wanted(self, modalities: Sequence[str] | None) -> list[str]:
        """The modalities asked for, or all that there are."""
        wanted = sorted(self.images) if modalities is None else list(modalities)
        unknown = [name for name in wanted if name not in self.images]
        if wanted and not unknown:
            return wanted
        missing, present = ", ".join(unknown) or "any modality", dict(self.images) or "no images"
        raise ViewError(f"no image of {missing} in the corpus, which has {present}; choose among these modalities")

    def mostly_volumes(self, modality: str) -> bool:
        return 2 * self.volumes[modality] > self.images[modality]
