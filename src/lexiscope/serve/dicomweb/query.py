"""QIDO-RS: what a client asks for, and the attributes of studies, series and instances that answer it."""

import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Literal

from lexiscope.core.errors import UsageError
from lexiscope.serve.dicomweb.holdings import Holdings
from lexiscope.serve.dicomweb.study import Series, Study, plain_text, study_uid

Level = Literal["study", "series", "instance"]

MOST_RESULTS = 1000
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_OPTIONS = ("includefield", "limit", "offset", "fuzzymatching")
_ALL = "all"
_STUDY = (
    "StudyDate", "StudyTime", "AccessionNumber", "InstanceAvailability", "ModalitiesInStudy", "ReferringPhysicianName",
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyID",
    "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances",
)  # fmt: skip
_SERIES = ("Modality", "SeriesDescription", "SeriesInstanceUID", "SeriesNumber", "NumberOfSeriesRelatedInstances")
_INSTANCE = (
    "SOPClassUID", "SOPInstanceUID", "InstanceAvailability", "InstanceNumber", "Rows", "Columns", "BitsAllocated",
)  # fmt: skip
_DEFAULT: dict[Level, tuple[str, ...]] = {
    "study": _STUDY,
    "series": (*_SERIES, "StudyInstanceUID"),
    "instance": (*_INSTANCE, "StudyInstanceUID", "SeriesInstanceUID"),
}
_MORE: dict[Level, tuple[str, ...]] = {
    "study": ("StudyDescription",),
    "series": (*_STUDY, "StudyDescription"),
    "instance": (*_STUDY, "StudyDescription", *_SERIES),
}
_NAMED = (  # told by the case's id and group alone
    "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "StudyID", "PatientName", "PatientID",
    "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDescription",
)  # fmt: skip
_FOUND = tuple(keyword for keyword in _STUDY if keyword not in _NAMED)  # told by the images of the case
_TAG = re.compile(r"[0-9A-Fa-f]{8}")


@dataclass(frozen=True, slots=True)
class Query:
    """A search as a client wrote it.

    Args:
        level: What is searched for.
        keys: Keyword -> value that must match; "" matches everything.
        fields: Keywords that are given back.
        limit: Most results.
        offset: Results to skip.
    """

    level: Level
    keys: dict[str, str]
    fields: tuple[str, ...]
    limit: int
    offset: int


def read_query(pairs: Iterable[tuple[str, str]], *, level: Level) -> Query:
    """A search from the pairs of a URL.

    Raises:
        UsageError: an attribute that is unknown or cannot be searched at this level, or a number that is none.

    Example:
        >>> query = read_query([("00100020", "patient-1*"), ("limit", "5")], level="study")
        >>> query.keys, query.limit
        ({'PatientID': 'patient-1*'}, 5)
    """
    given = list(pairs)
    known = {*_DEFAULT[level], *_MORE[level]}
    keys = {}
    for name, value in given:
        if name in _OPTIONS:
            continue
        keyword = _keyword(name)
        if keyword not in known:
            msg = f"expected an attribute that a {level} is searched by ({', '.join(sorted(known))}), got {name}"
            raise UsageError(f"{msg}; leave it out")
        keys[keyword] = value.strip()
    options = [(name, value) for name, value in given if name in _OPTIONS]
    asked = [one for name, value in options if name == "includefield" for one in value.split(",")]
    fields = [*_DEFAULT[level], *(_MORE[level] if _ALL in asked else [])]
    fields += [one for one in map(_keyword, asked) if one in known]  # others are absent from what we hold
    numbers = dict(options)
    limit = min(_number(numbers, "limit", MOST_RESULTS), MOST_RESULTS)
    return Query(level, keys, tuple(dict.fromkeys(fields)), limit, _number(numbers, "offset", 0))


def search(
    holdings: Holdings, query: Query, *, url: str, study: str | None = None
) -> tuple[list[dict[str, Any]], bool]:
    """What matches, as DICOM JSON, and whether there is more.

    Args:
        holdings: Studies to search.
        query: The search.
        url: Address of the service, for the retrieve URLs.
        study: UID of the study that is searched alone.
    """
    named = _keys(query, _NAMED)
    skip = query.offset if query.level == "study" and len(named) == len(query.keys) else 0
    if study is not None:
        named["StudyInstanceUID"] = study
    studies = holdings.studies(partial(_is_named, named) if named else None, skip=skip)
    places = (place for one in studies for place in _places(one, query))
    page = list(islice(places, query.offset - skip, query.offset - skip + query.limit + 1))
    fields = (*query.fields, "RetrieveURL", "SpecificCharacterSet")
    return [_shown(place.attributes(url), fields) for place in page[: query.limit]], len(page) > query.limit


def study_attributes(case: str, group: str) -> dict[str, Any]:
    """Patient and study of a case, keyword -> value; what the corpus does not hold is there and empty.

    Args:
        case: Id of the case.
        group: Its group.
    """
    patient = plain_text(group)
    return {
        "SpecificCharacterSet": "ISO_IR 192",
        **dict.fromkeys(("StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "StudyID"), ""),
        "PatientName": patient.replace("^", " ").replace("=", " "),
        "PatientID": patient,
        "PatientBirthDate": "",
        "PatientSex": "",
        "StudyInstanceUID": study_uid(group, case),
        "StudyDescription": plain_text(case),
    }


def series_attributes(series: Series) -> dict[str, Any]:
    """A series, keyword -> value."""
    return {
        "Modality": series.modality,
        "SeriesInstanceUID": series.uid,
        "SeriesNumber": series.number,
        "SeriesDescription": plain_text(series.name),
    }


def dataset_of(attributes: Mapping[str, Any]) -> Any:
    """A `pydicom` data set of attributes by keyword."""
    from pydicom.dataset import Dataset

    made = Dataset()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


@dataclass(frozen=True, slots=True)
class _Place:
    """A study, a series of it, or an instance of that, by its number; the attributes are made of what is shown."""

    study: Study
    series: Series | None = None
    index: int | None = None

    def attributes(self, url: str) -> dict[str, Any]:
        """Keyword -> value."""
        where = f"{url}/studies/{self.study.uid}"
        row = _of_study(self.study)
        if self.series is not None:
            where = f"{where}/series/{self.series.uid}"
            row |= _of_series(self.series)
        if self.series is not None and self.index is not None:
            row |= _of_instance(self.series, self.index)
            where = f"{where}/instances/{row['SOPInstanceUID']}"
        return {**row, "RetrieveURL": where}


def _places(study: Study, query: Query) -> Iterator[_Place]:
    """What matches in a study; each key is looked at where it is first known, not for every instance again."""
    keys = _keys(query, _FOUND)
    if keys and not _matches(_of_study(study), keys):
        return
    if query.level == "study":
        yield _Place(study)
        return
    for series in study.series:
        if not _matches(_of_series(series), _keys(query, _SERIES)):
            continue
        if query.level == "series":
            yield _Place(study, series)
        else:
            yield from (_Place(study, series, index) for index in _matching(series, query))


def _matching(series: Series, query: Query) -> Iterator[int]:
    """Numbers of the instances of a series that match."""
    keys = _keys(query, [keyword for keyword in _INSTANCE if keyword not in _STUDY])
    return (at for at in range(series.count) if not keys or _matches(_of_instance(series, at), keys))


def _keys(query: Query, keywords: Iterable[str]) -> dict[str, str]:
    return {keyword: query.keys[keyword] for keyword in keywords if keyword in query.keys}


def _of_study(study: Study) -> dict[str, Any]:
    return {
        **study_attributes(study.case, study.group),
        "InstanceAvailability": "ONLINE",
        "ModalitiesInStudy": sorted({series.modality for series in study.series}),
        "NumberOfStudyRelatedSeries": len(study.series),
        "NumberOfStudyRelatedInstances": study.count,
    }


def _of_series(series: Series) -> dict[str, Any]:
    return {**series_attributes(series), "NumberOfSeriesRelatedInstances": series.count}


def _of_instance(series: Series, index: int) -> dict[str, Any]:
    rows, columns = series.size
    return {
        "SOPClassUID": SECONDARY_CAPTURE,
        "SOPInstanceUID": series.instance_uid(index),
        "InstanceNumber": index + 1,
        "Rows": rows,
        "Columns": columns,
        "BitsAllocated": 8 if series.image.bits == 8 else 16,
    }


def _is_named(keys: Mapping[str, str], case: str, group: str) -> bool:
    return _matches(study_attributes(case, group), keys)


def _matches(row: Mapping[str, Any], keys: Mapping[str, str]) -> bool:
    return all(_is_match(row[keyword], wanted, keyword) for keyword, wanted in keys.items())


def _is_match(value: Any, wanted: str, keyword: str) -> bool:
    """Universal, single value, list of UIDs and wildcard matching (DICOM PS3.4, C.2.2.2)."""
    if wanted in ("", "*"):
        return True
    values = [str(one) for one in (value if isinstance(value, list) else [value])]
    if keyword.endswith("UID"):
        return bool({*re.split(r"[,\\]", wanted)} & {*values})
    fold = str.casefold if keyword == "PatientName" else str
    pattern = re.sub(r"([\[\]])", r"[\1]", fold(wanted))  # brackets mean nothing in DICOM
    return any(fnmatch.fnmatchcase(fold(one), pattern) for one in values)


def _shown(row: Mapping[str, Any], keywords: Iterable[str]) -> dict[str, Any]:
    """The chosen attributes as DICOM JSON."""
    shown: dict[str, Any] = dataset_of({keyword: row[keyword] for keyword in keywords}).to_json_dict()
    return shown


def _keyword(name: str) -> str:
    """Keyword of an attribute that is named by keyword or by tag; the name itself where it is neither."""
    from pydicom.datadict import keyword_for_tag

    return keyword_for_tag(int(name, 16)) or name if _TAG.fullmatch(name) else name


def _number(options: dict[str, str], name: str, default: int) -> int:
    text = options.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise UsageError(f"expected a number of results as {name}, got {text[:40]!r}; write it in digits")
    return int(text)
