"""The contract that every view keeps."""

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np

from lexiscope.core.errors import ViewError
from lexiscope.views import View, view_from_dict
from lexiscope.views.augmentation import Augmentation
from lexiscope.views.intensity import Intensity


def odd_images() -> dict[str, np.ndarray]:
    """Images that every view must prepare: colour, signed, without content, damaged, and of one bit.

    Example:
        >>> sorted({pixels.ndim for pixels in odd_images().values()})
        [3, 4]
    """
    return {
        "colour": np.arange(3 * 9 * 7, dtype=np.uint8).reshape(3, 9, 7),
        "signed volume": np.arange(5 * 9 * 7, dtype=np.int16).reshape(1, 5, 9, 7) - 60,
        "black": np.zeros((1, 5, 9), np.uint16),
        "not a number": np.full((1, 2, 3, 4), np.nan, np.float32),
        "infinite": np.array([[[[np.inf, 1.0, -np.inf, 2.0]]]]),
        "one bit": np.ones((4, 1, 1), bool),
    }


def check_view(view: View) -> None:
    """Check what every view promises.

    Any image becomes a finite float16 array of the view's shape, the same bits each time, and is itself left as it
    was; settings survive JSON; the key follows every setting but the augmentation, because nothing of that is cached.

    Args:
        view: The view to check.

    Raises:
        AssertionError: a promise is broken.
    """
    assert view.shape[view.channel_axis] == view.channels, "the channel axis does not hold the channels"
    for name, pixels in odd_images().items():
        _check_prepared(view, pixels, name=name)
    again = view_from_dict(json.loads(json.dumps(view.to_dict())))
    assert again == view, "settings differ after JSON"
    assert again.key == view.key, "the key differs after JSON"
    for item in fields(view):
        _check_key(view, item.name)


def _check_prepared(view: View, pixels: np.ndarray, *, name: str) -> None:
    before, spacing = pixels.copy(), (1.0,) * (pixels.ndim - 1)
    prepared = view.prepare(pixels, spacing)
    assert prepared.shape == view.shape, f"{name}: expected shape {view.shape}, got {prepared.shape}"
    assert prepared.dtype == np.float16, f"{name}: expected float16, got {prepared.dtype}"
    assert np.isfinite(prepared).all(), f"{name}: values that are no numbers"
    np.testing.assert_array_equal(prepared, view.prepare(pixels, spacing), f"{name}: not the same bits each time")
    np.testing.assert_array_equal(pixels, before, f"{name}: the image itself was changed")


def _check_key(view: View, name: str) -> None:
    changed = next(_with_another(view, name), None)
    if changed is None:
        return
    if name == "augmentation":
        assert changed.key == view.key, "the key follows the augmentation, of which nothing is cached"
    else:
        assert changed.key != view.key, f"the key does not follow {name}: old cached arrays would be read"


def _with_another(view: View, name: str) -> Iterator[View]:
    """The view with another value of one setting, as far as one makes sense."""
    for value in _others(getattr(view, name)):
        try:
            yield replace(view, **{name: value})
        except ViewError:
            continue


def _others(value: Any) -> list[Any]:
    if isinstance(value, Intensity):
        return [replace(value, mean=tuple(mean + 0.25 for mean in value.mean))]
    if isinstance(value, Augmentation):
        return [replace(value, flip=not value.flip)]
    if isinstance(value, str):
        return [other for other in ("pad", "crop", "squash") if other != value]
    if isinstance(value, tuple):
        return [tuple(2 * entry for entry in value)]
    return [value + 1] if isinstance(value, int | float) else [(3.0, 3.0, 3.0), 2]
