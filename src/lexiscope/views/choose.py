"""`choose_views`: sensible views for the modalities of a corpus."""

from collections import Counter
from collections.abc import Iterable, Sequence

from lexiscope.core.case import Case
from lexiscope.core.errors import ViewError
from lexiscope.views.intensity import Intensity
from lexiscope.views.planar import PlanarView
from lexiscope.views.slices import SlicesView
from lexiscope.views.view import View


def choose_views(
    corpus: Iterable[Case],
    *,
    size: int,
    modalities: Sequence[str] | None = None,
    slices: int = 8,
    fit: str = "pad",
    channels: int = 3,
    intensity: Intensity | None = None,
) -> dict[str, View]:
    """A view for each modality: planar where most images are planes, slices where most are volumes.

    Args:
        corpus: Its cases, read once.
        size: Side of a picture in pixels: a multiple of the tower's patch.
        modalities: Which to take; all, in alphabetical order, when None.
        intensity: The tower's own mean and std; ImageNet's when None.

    Raises:
        ViewError: a modality that no case has, or a corpus without images.
    """
    count, volumes = Counter[str](), Counter[str]()
    for case in corpus:
        count.update(list(case.images))
        volumes.update(name for name, image in case.images.items() if image.is_volume)
    wanted = sorted(count) if modalities is None else list(modalities)
    unknown = [name for name in wanted if name not in count]
    if unknown or not wanted:
        msg = (
            f"no image of {', '.join(unknown) or 'any modality'} in the corpus, which has {dict(count) or 'no images'}"
        )
        raise ViewError(f"{msg}; choose among these modalities")
    intensity = intensity or Intensity()
    planar = PlanarView(size=size, fit=fit, channels=channels, intensity=intensity)
    cut = SlicesView(size=size, slices=slices, fit=fit, channels=channels, intensity=intensity)
    return {name: cut if 2 * volumes[name] > count[name] else planar for name in wanted}
