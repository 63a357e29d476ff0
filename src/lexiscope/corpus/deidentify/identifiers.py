"""Values that identify somebody in a DICOM file, and their search in the bytes of another file."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from lexiscope.corpus.deidentify.search import Search
from lexiscope.corpus.deidentify.spellings import folded, is_unspaced, keys_of, phrases

_IDS = frozenset({
    "PatientID", "OtherPatientIDs", "AccessionNumber", "StudyID", "AdmissionID", "DeviceSerialNumber",
    "InstitutionName", "InstitutionAddress", "StationName", "PatientAddress", "PatientTelephoneNumbers",
    "MedicalRecordLocator", "MilitaryRank", "IssuerOfPatientID", "RequestedProcedureID", "ScheduledProcedureStepID",
    "PerformedProcedureStepID", "PersonAddress", "PersonTelephoneNumbers", "InstitutionalDepartmentName",
    "RequestingService", "ResponsibleOrganization", "CountryOfResidence", "RegionOfResidence", "PerformedStationName",
    "ScheduledStationName", "DetectorID", "PlateID", "CassetteID", "GantryID", "SpecimenIdentifier",
    "ContainerIdentifier", "PlacerOrderNumberImagingServiceRequest", "FillerOrderNumberImagingServiceRequest",
    "ClinicalTrialSubjectID", "ClinicalTrialSponsorName", "ClinicalTrialSiteName", "DeviceID", "ServiceEpisodeID",
    "InsurancePlanIdentification", "CurrentPatientLocation", "PatientInstitutionResidence",
    "SourceApplicationEntityTitle",
})  # fmt: skip
_SOFTWARE = "ImplementationClassUID"  # names the program that wrote a file, which many files share
_STANDARD_UID = "1.2.840.10008."  # classes, transfer syntaxes: DICOM's own, the same in every file
_SHORTEST = 3
_LONG = 6  # bytes that do not occur in pixels or numbers by accident
_WRITTEN = ("PatientID", "PatientName", "DeidentificationMethod", "CodeMeaning")  # stand-ins, and fixed vocabulary
_VARIED = 3  # different characters; the greys of a flat area spell "jsssss"
_NUMBERS = ("DS", "IS", "UI", "CS", "US", "SS", "FD", "FL", "UL", "SL", "SQ")


@dataclass(frozen=True, repr=False)
class Identifiers:
    """Values that must not survive.

    Args:
        long: Searched for anywhere in the bytes, pixels included.
        short: Values of fewer than 6 bytes, of up to 7 digits, of one or two different characters, or in even steps
            ("12345678" is a ramp of grey). They occur anywhere, so they are searched for as whole words of texts.
    """

    long: frozenset[str]
    short: frozenset[str]

    @classmethod
    def of(cls, dataset: Any) -> "Identifiers":
        """Names and their parts, ids, dates and UIDs, at every depth of a data set and in its file meta."""
        values = set(_values([dataset, getattr(dataset, "file_meta", [])]))
        # One repeated character is a placeholder, and even areas of a picture look like it.
        values = {value for value in values if _is_long_enough(value) and len(set(value.lower())) > 1}
        long = frozenset(value for value in values if _is_telling(value))
        return cls(long, frozenset(values) - long)

    def __or__(self, other: "Identifiers") -> "Identifiers":
        if other.long <= self.long and other.short <= self.short:
            return self  # which keeps what was prepared for the search
        return Identifiers(self.long | other.long, self.short | other.short)

    def __len__(self) -> int:
        return len(self.long) + len(self.short)

    def in_text(self, text: str) -> bool:
        """True when a text holds one of them."""
        return self.in_number(text) or bool(self._words(text))

    def in_number(self, text: str) -> bool:
        """True when a number written as text holds a long one; short ones are equal to numbers by accident."""
        return bool(self.found_in(text.encode("utf-8", "replace")))

    def in_bytes(self, data: bytes, *, besides: Collection[str] = ()) -> int:
        """Number of the long ones in a file's bytes, in any spelling.

        Args:
            besides: Dates that were written in place of others; one may be equal to another file's original date.
        """
        return len(self.found_in(data) - set(besides))

    def found_in(self, data: bytes) -> set[str]:
        """The long ones that stand in a file's bytes; never to be shown."""
        return self._search.found_in(data)

    def in_dataset(self, dataset: Any) -> int:
        """Number of the short ones among the words of a data set's texts, those apart that were written into it."""
        texts = (
            str(element.value)
            for element in _elements(dataset)
            if element.VR not in _NUMBERS and element.keyword not in _WRITTEN and _is_text(element)
        )
        return len({word for text in texts for word in self._words(text)})

    @cached_property
    def _search(self) -> Search:
        return Search(self.long)

    @cached_property
    def _keys(self) -> dict[str, str]:
        return {key: value for value in self.short for key in keys_of(value)}

    @cached_property
    def _unspaced(self) -> tuple[str, ...]:
        return tuple(key for key in self._keys if is_unspaced(key))

    def _words(self, text: str) -> frozenset[str]:
        """The short ones among the words of a text; in scripts without spaces, anywhere in it."""
        hits = self._keys.keys() & phrases(text)
        plain = folded(text) if self._unspaced else ""
        return frozenset(self._keys[key] for key in (*hits, *(key for key in self._unspaced if key in plain)))


def _is_long_enough(value: str) -> bool:
    return len(value) >= _SHORTEST or (len(value) > 1 and not value.isascii())


def _is_telling(value: str) -> bool:
    """True when a value does not occur by accident in pixels or numbers."""
    written = value.lower().encode("utf-8", "replace")
    if len(written) < (_LONG + 2 if value.isdecimal() else _LONG) or len(set(value.lower())) < _VARIED:
        return False
    return len({(after - before) % 256 for before, after in pairwise(written)}) > 1


def _values(datasets: Iterable[Any]) -> Iterator[str]:
    for dataset in datasets:
        for element in filter(_is_text, _elements(dataset)):
            yield from _identifying(element)


def _identifying(element: Any) -> list[str]:
    """Values of an element that identify somebody: names and their parts, UIDs, days and ids."""
    texts = [str(value).strip() for value in _listed(element.value)]
    if element.VR == "PN":
        return _names(element)
    if element.VR == "UI" and element.keyword != _SOFTWARE:
        return [text for text in filter(None, texts) if not text.startswith(_STANDARD_UID)]
    if element.VR in ("DA", "DT"):
        return [text[:8] for text in texts if text[:8].isdecimal()]
    return texts if element.keyword in _IDS else []


def _names(element: Any) -> list[str]:
    """Names of people and their parts."""
    groups = [group for value in _listed(element.value) for group in _groups(value)]
    return [*groups, *(part for group in groups for part in re.split(r"[\^ ,]+", group))]


def _groups(name: Any) -> list[str]:
    """Alphabetic, ideographic and phonetic form of a name (DICOM PS3.5, 6.2.1), in bytes where no set reads them."""
    groups = [group.strip(" ^") for group in str(name).split("=")]
    stored = getattr(name, "original_string", b"")
    if "\ufffd" in str(name) and isinstance(stored, bytes):
        groups += [group.strip(" ^") for group in stored.decode("latin-1").split("=")]
    return [group for group in groups if group]


def _elements(dataset: Any) -> Iterator[Any]:
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from _elements(item)
        else:
            yield element


def _is_text(element: Any) -> bool:
    return not isinstance(element.value, bytes)


def _listed(value: Any) -> list[Any]:
    from pydicom.multival import MultiValue

    return list(value) if isinstance(value, (MultiValue, list)) else [value]
