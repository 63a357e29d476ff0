"""`match_series`: which series of a study a model's modalities are, whatever both are called."""

import re
from collections.abc import Collection

from lexiscope.core.errors import UsageError
from lexiscope.sources.scans.dicom.names import words_of

_KINDS = ("mr", "ct", "pt", "us", "cr", "dx", "mg", "nm", "xa", "rf")
_ALIASES = {  # how data sets name sequences -> words of the vocabulary of `names`
    "pre": "t1",
    "post": "t1 contrast",
    **dict.fromkeys(("t1c", "t1ce", "t1gd", "t1post"), "t1 contrast"),
    **dict.fromkeys(("xray", "radiograph"), "dx"),
}
_HELD = {"flair": {"t1", "t2"}}  # a FLAIR is T2-weighted, and is not what "t2" means


def match_series(
    series: Collection[str], modalities: Collection[str], *, modality: str | None = None
) -> dict[str, str]:
    """Modality -> the one series that shows it; series that show none are left out.

    The same name is the same thing, as in a corpus. Otherwise a series is a modality when both names hold the same
    words of the vocabulary ("mr_t2_flair" and "flair") and name the same kind of machine, where both do. A study of one
    series shows the modality that is meant, or the only one that there is where its name says nothing ("image").

    Args:
        series: The series, as `DicomSource` names them.
        modalities: Modalities that the model reads.
        modality: The one that is meant; all of them when None.

    Raises:
        UsageError: several series show the same modality, or none shows any.

    Example:
        >>> match_series(["mr_t1", "mr_t2_flair"], ["flair", "t2"])
        {'flair': 'mr_t2_flair'}
    """
    wanted = sorted(modalities) if modality is None else [modality]
    matched: dict[str, str] = {}
    for name in wanted:
        fitting = _fitting(name, series)
        if len(fitting) > 1:
            msg = f"expected one series that shows {name}, found {', '.join(fitting)}"
            raise UsageError(f"{msg}; {_REMEDY}")
        if fitting:
            matched[name] = fitting[0]
    if matched:
        return matched
    sure = modality is not None or _meaning(wanted[0]) == (None, frozenset())  # a name such as "image" says nothing
    if len(wanted) == len(series) == 1 and sure:
        return {wanted[0]: next(iter(series))}
    msg = f"expected a series that shows {' or '.join(wanted)}, found {', '.join(sorted(series)) or 'none'}"
    raise UsageError(f"{msg}; {_REMEDY}")


def _fitting(name: str, series: Collection[str]) -> list[str]:
    return [name] if name in series else sorted(candidate for candidate in series if _same(candidate, name))


_REMEDY = (
    "point at the folder of one series and say what it shows with --modality, "
    "or at a folder with one image file for each modality, named after it"
)


def _same(series: str, modality: str) -> bool:
    kind, words = _meaning(re.sub(r"_\d+$", "", series))  # the second T1 of a study is a T1
    other, wanted = _meaning(modality)
    return words == wanted and bool(wanted or other) and (other is None or other == kind)


def _meaning(name: str) -> tuple[str | None, frozenset[str]]:
    """The kind of machine, where the name says it, and words of the vocabulary."""
    parts = [_ALIASES.get(part, part) for part in re.split(r"[\W_]+", name.casefold().replace("*", "star"))]
    words = words_of(" ".join(parts))
    kind = next((part for part in " ".join(parts).split() if part in _KINDS), None)
    return kind, frozenset(words) - frozenset[str]().union(*(_HELD.get(word, set()) for word in words))
