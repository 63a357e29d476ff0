"""`ImagePreparation`: how a published model's images were prepared, from the settings beside its weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from lexiscope.core.errors import WeightsError
from lexiscope.models.published.settings_file import read_settings
from lexiscope.views.intensity import Intensity

_FILES = {"preprocessor_config.json": (), "processor_config.json": ("image_processor",)}  # where the settings may lie


@dataclass(frozen=True, slots=True)
class ImagePreparation:
    """Size, fit and colours of a model's images.

    Images are resized by antialiased cubic interpolation, whichever of the usual ones the model's own processor takes.

    Args:
        size: Side in pixels.
        fit: "crop" where the shortest side was fitted and the middle cut out, "squash" where both sides were fitted.
        intensity: Mean and standard deviation of the channels.
    """

    size: int
    fit: str
    intensity: Intensity

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The settings beside some weights.

        Raises:
            WeightsError: there are none, or of images that are not square.
        """
        settings = _read(folder)
        try:
            cropped = bool(settings.get("do_center_crop", "crop_size" in settings))
            size = _side(settings["crop_size" if cropped else "size"])
            factor = 255 * settings.get("rescale_factor", 1 / 255)  # views scale 8 bits to 0..1 before they standardise
            mean, std = settings.get("image_mean", [0.5]), settings.get("image_std", [0.5])
            if not settings.get("do_normalize", True):
                mean, std = [0.0], [1.0]
            intensity = Intensity(mean=tuple(x / factor for x in mean), std=tuple(x / factor for x in std))
        except (KeyError, TypeError, ValueError) as error:
            msg = f"expected size, mean and std of square images in the image processor's settings at {folder}"
            raise WeightsError(f"{msg}, got {sorted(settings)}: {error}; copy them again") from error
        return cls(size, "crop" if cropped else "squash", intensity)


def _read(folder: Path) -> Mapping[str, Any]:
    for name, keys in _FILES.items():
        if (folder / name).is_file():
            settings = read_settings(folder / name)
            for key in keys:
                settings = settings.get(key, {})
            return settings
    msg = f"expected {' or '.join(_FILES)} at {folder}, which says how images are prepared, found neither"
    raise WeightsError(f"{msg}; save the processor there with save_pretrained()")


def _side(size: int | Mapping[str, int]) -> int:
    sides = {int(side) for side in (size.values() if isinstance(size, Mapping) else [size])}
    if len(sides) != 1:
        raise ValueError(f"sides {sorted(sides)}")
    return sides.pop()
