"""Files and planes that show the very same pixels: copies of a file, and slices that were sent again."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.decode import read_planes
from lexiscope.sources.scans.dicom.instance import Instance, Plane


@dataclass(slots=True)
class PixelDigests:
    """Hashes of the pixels of planes, each file read once.

    Args:
        known: (file, frame) -> its hash.
    """

    known: dict[tuple[Path, int], bytes] = field(default_factory=dict)

    def of(self, instance: Instance, plane: Plane) -> bytes:
        """Hash of what a plane shows; pixels that cannot be decoded are like no others."""
        key = (instance.path, plane.frame)
        if key not in self.known:
            self._read(instance)
        return self.known.setdefault(key, repr(key).encode())

    def same(self, a: tuple[Instance, Plane], b: tuple[Instance, Plane]) -> bool:
        """True when two planes show the same values."""
        scale = (a[1].slope, a[1].intercept) == (b[1].slope, b[1].intercept)
        return scale and self.of(*a) == self.of(*b)

    def _read(self, instance: Instance) -> None:
        try:
            stored = read_planes(instance)
        except SourceError:
            return
        for frame, pixels in enumerate(stored):
            whole = np.ascontiguousarray(pixels.astype(np.int64) if pixels.dtype.kind in "iu" else pixels)
            self.known[instance.path, frame] = hashlib.blake2b(whole.tobytes(), digest_size=16).digest()


def without_copies(instances: Sequence[Instance]) -> tuple[list[Instance], list[str]]:
    """Instances with copies of one file put together, and remarks about UIDs that several different files share.

    A copy has the UID, the place and the pixels of another file, or pixels that cannot be decoded.
    """
    digests, shared = PixelDigests(), 0
    kept: dict[tuple[str, str], list[Instance]] = {}
    order: list[list[Instance]] = []
    for instance in instances:
        same_uid = kept.setdefault((instance.series, instance.uid), []) if instance.uid else []
        number = next((n for n, other in enumerate(same_uid) if _is_copy(other, instance, digests)), None)
        if number is not None:
            same_uid[number] = replace(same_uid[number], copies=(*same_uid[number].copies, instance.path))
            continue
        shared += bool(same_uid)
        same_uid.append(instance)
        if len(same_uid) == 1:
            order.append(same_uid)
    steps = [f"{shared + 1} different files share a SOPInstanceUID; each is kept"] if shared else []
    return [instance for same_uid in order for instance in same_uid], steps


def without_resent(series: Sequence[list[Instance]]) -> tuple[list[list[Instance]], list[str]]:
    """Series without those that show an earlier one's pixels at its places, and a remark on each that was left out.

    Series of one number that were given new UIDs on their way; one that a segmentation was drawn on stays.
    """
    drawn_on = {uid for part in series for instance in part if instance.segments for uid in instance.segments.series}
    digests = PixelDigests()
    placed: dict[tuple[str, ...], list[list[Instance]]] = defaultdict(list)
    kept, steps = [], []
    for part in series:
        keys = {id(instance): _place_key(instance) for instance in part}
        ordered = sorted(part, key=lambda instance: keys[id(instance)])
        alike = placed[tuple(keys[id(instance)] for instance in ordered)]
        if part[0].series not in drawn_on and any(_shows_again(other, ordered, digests) for other in alike):
            files = "1 file" if len(part) == 1 else f"{len(part)} files"
            steps.append(f"{files} of a series left out: another series shows the same pixels at the same places")
            continue
        alike.append(ordered)
        kept.append(part)
    return kept, steps


def _shows_again(kept: list[Instance], other: list[Instance], digests: PixelDigests) -> bool:
    """True where files at the same places, in the same order, show the same."""
    pairs = list(zip(kept, other, strict=True))
    pairs.insert(0, pairs[len(pairs) // 2])  # the middle tells most series apart
    planes = (zip(a.planes, b.planes, strict=True) for a, b in pairs)
    return all(
        digests.same((a, one), (b, two)) for (a, b), both in zip(pairs, planes, strict=True) for one, two in both
    )


def _place_key(instance: Instance) -> str:
    """What files of two series that show the same have in common; segmentations are like nothing."""
    alike = instance.path if instance.segments is not None else instance.modality
    return repr((_places(instance), instance.shape, instance.tiles, instance.order, instance.hints, alike))


def _is_copy(kept: Instance, other: Instance, digests: PixelDigests) -> bool:
    if (kept.shape, kept.tiles, _places(kept)) != (other.shape, other.tiles, _places(other)):
        return False
    stored = [[digests.of(instance, plane) for plane in instance.planes] for instance in (kept, other)]
    decoded = all((instance.path, 0) in digests.known and _is_read(instance, digests) for instance in (kept, other))
    return not decoded or stored[0] == stored[1]


def _is_read(instance: Instance, digests: PixelDigests) -> bool:
    return len(digests.known[instance.path, 0]) == 16


def _places(instance: Instance) -> tuple[object, ...]:
    return tuple((plane.geometry and plane.geometry.position, plane.kind, plane.times) for plane in instance.planes)
