"""`JoinedWindows`: maps of a whole case from windows that overlap, in 8 bit as soon as a plane is complete."""

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from lexiscope.models.segmenter.case_masks import in_steps

_LEAST = 1e-3  # weight that is divided by where there is no window


class JoinedWindows:
    """Weighed means of m maps over windows that come plane by plane.

    Sums are held for as many planes as a window is deep, never for a whole case.

    Args:
        maps: Number of maps, m.
        shape: (z, y, x) of the case.
        weight: Weight of each voxel of a window.
    """

    def __init__(self, maps: int, shape: tuple[int, ...], weight: Float[Tensor, "z y x"]) -> None:
        self._steps = torch.zeros(maps, *shape, dtype=torch.uint8)
        self._sums = torch.zeros(maps + 1, len(weight), *shape[1:])  # the last one of the weights
        self._weight = weight
        self._first = 0  # plane of the case that the sums begin with

    def add(self, place: tuple[slice, slice, slice], masks: Float[Tensor, "m z y x"] | None) -> None:
        """Add a window.

        Args:
            place: Slices of (z, y, x); none may begin before the one that was added last.
            masks: Probabilities; None counts as 0, for a window that was left out.
        """
        depth, rows, columns = place
        self._finish(depth.start)
        sums = self._sums[:, :, rows, columns]
        sums[-1] += self._weight
        if masks is not None:
            sums[:-1].addcmul_(masks, self._weight)

    def steps(self) -> UInt8[Tensor, "m z y x"]:
        """The means as `in_steps` rounds them, when all windows are in; 0 where there was none."""
        self._finish(self._steps.shape[1])
        return self._steps

    def _finish(self, before: int) -> None:
        """Round the planes before one, which get no more windows, and make room for those that follow."""
        if before == self._first:
            return
        held = self._sums.shape[1]
        done = min(before - self._first, held)
        weights = self._sums[-1, :done].clamp(min=_LEAST)
        for steps, sums in zip(self._steps, self._sums[:-1], strict=True):
            steps[self._first : self._first + done] = in_steps(sums[:done] / weights)
        for sums in self._sums:
            sums[: held - done] = sums[done:].clone()
            sums[held - done :] = 0
        self._first = before
