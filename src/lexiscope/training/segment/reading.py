"""`choose_reading`: windows and mirrored copies that a trained segmenter reads images in, chosen on held-out cases."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lexiscope.training.loop.loop import Validation

_WORTH = 0.003  # DSC that mirrored copies or wider windows must add: copies of each axis double the time of a mask


@dataclass(frozen=True, slots=True)
class Reading:
    """How images are read.

    Args:
        window: Sides of a window.
        mirrors: Axes to average mirrored copies along (`segment_case`).
        judged: What it reaches on the held-out cases; None without any.
    """

    window: tuple[int, ...]
    mirrors: tuple[int, ...] = ()
    judged: Validation | None = None


def choose_reading(
    validate: Callable[..., Validation] | None, window: tuple[int, ...], *, axes: Sequence[int], wider: bool
) -> Reading:
    """Windows of training, or ones of twice their sides, then with mirrored copies or without; own rule.

    Features of a window are normalised over its places. Where it shows one thing alone, that makes much of little, and
    masks end along windows; a wider one shows more. How things look under it is not what training showed, so the
    held-out cases decide.

    Args:
        validate: DSC on the held-out cases, given `window` and `mirrors`; None without any.
        window: Sides of the windows of training.
        axes: Axes that windows were mirrored along.
        wider: Images are larger than a window, so that a wider one shows more.
    """
    if validate is None:
        return Reading(window)
    best = Reading(window, (), validate(window=window, mirrors=()))
    if wider:
        twice = tuple(2 * side for side in window)
        best = _better(best, Reading(twice, (), validate(window=twice, mirrors=())))
    if not axes:
        return best
    return _better(best, Reading(best.window, tuple(axes), validate(window=best.window, mirrors=tuple(axes))))


def _better(one: Reading, other: Reading) -> Reading:
    assert one.judged is not None
    assert other.judged is not None
    return other if other.judged.score > one.judged.score + _WORTH else one
