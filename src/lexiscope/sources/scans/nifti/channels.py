"""Channels of nnU-Net's raw layout: `case_0000.nii.gz`, `case_0001.nii.gz` are the modalities of one case."""

import re
from collections.abc import Collection

_CHANNEL = re.compile(r"(?P<case>.+)_(?P<number>\d{4})")
_MOST = 16  # channels of a case; more are numbers of cases


def channel_of(stem: str) -> tuple[str, int] | None:
    """Case and number of a channel; None for a name without one.

    Example:
        >>> channel_of("made_000_0001"), channel_of("made_000")
        (('made_000', 1), None)
    """
    match = _CHANNEL.fullmatch(stem)
    return (match["case"], int(match["number"])) if match else None


def are_channels(stems: Collection[str], labels: Collection[str]) -> bool:
    """True when the names of images say channels: all have a number, few numbers from 0 on, labels named by case.

    Args:
        stems: Names of the images without suffix.
        labels: Names of the labels without suffix; empty when there are none.

    Example:
        >>> are_channels(["a_0000", "a_0001", "b_0000"], ["a", "b"]), are_channels(["a_0000", "a_0001"], ["a_0000"])
        (True, False)
    """
    channels = [channel for channel in map(channel_of, stems) if channel is not None]
    if not channels or len(channels) < len(stems) or set(labels) & set(stems):
        return False
    cases, numbers = ({channel[part] for channel in channels} for part in (0, 1))
    is_counted = numbers == set(range(len(numbers))) and len(numbers) <= _MOST
    return is_counted and (not labels or bool(cases & set(labels)))
