"""One data set -> the same without identifiers, in place, every action counted."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from lexiscope.corpus.deidentify.actions import METHODS, action_of
from lexiscope.corpus.deidentify.identifiers import Identifiers
from lexiscope.sources.scans.dicom.pseudonym import Pseudonyms

_STANDARD_UID = "1.2.840.10008."
_TEXTS = ("LO", "SH", "ST", "LT", "UT", "UC", "CS")
_NUMBERS = ("DS", "IS")
_WORDS = {"X": "removed", "Z": "emptied", "U": "UID replaced", "S": "date shifted"}

_METHOD = "lexiscope: DICOM PS3.15 annex E"
_RETAINED = {"113108": "Retain Patient Characteristics Option"}
OWN_WORDS = " ".join(["YES", "MODIFIED", _METHOD, *METHODS.values(), *_RETAINED.values()])
"""What is written into every file, whoever is called like one of these words."""


def clean_dataset(
    dataset: Any, pseudonyms: Pseudonyms, identifiers: Identifiers, *, characteristics: bool = False
) -> tuple[Counter[str], frozenset[str]]:
    """Apply the table of actions to a data set, its sequences and its file meta.

    A text that is kept by the table but holds an identifier is removed all the same.

    Returns:
        "PatientBirthDate emptied" -> how often, never a value; and the dates that were written in place of others.
    """
    patient = str(dataset.get("PatientID") or "") or str(dataset.get("StudyInstanceUID") or "")
    cleaner = _Cleaner(pseudonyms, identifiers, pseudonyms.days(patient), characteristics)
    cleaner.clean(dataset)
    dataset.PatientID = dataset.PatientName = pseudonyms.name("patient", patient)
    dataset.PatientIdentityRemoved = "YES"
    dataset.LongitudinalTemporalInformationModified = "MODIFIED"
    dataset.DeidentificationMethod = _METHOD
    dataset.DeidentificationMethodCodeSequence = _methods(characteristics)
    _rewrite_meta(dataset)
    return cleaner.counts, frozenset(cleaner.dates)


class _Cleaner:
    """State shared by the items of a data set, and the steps done so far."""

    def __init__(self, pseudonyms: Pseudonyms, identifiers: Identifiers, days: int, characteristics: bool) -> None:
        self.counts: Counter[str] = Counter()
        self.dates: set[str] = set()
        self._pseudonyms = pseudonyms
        self._identifiers = identifiers
        self._days = days
        self._characteristics = characteristics

    def clean(self, dataset: Any, *, nested: bool = False) -> None:
        _name_segment(dataset)
        for element in list(dataset):
            action = self._action(element, nested=nested)
            if action == "R":
                for item in element.value:
                    self.clean(item, nested=True)
            elif action != "K":
                self._apply(dataset, element, action)

    def _action(self, element: Any, *, nested: bool) -> str:
        group = element.tag.group
        named = element.keyword in ("PatientID", "PatientName")  # of the data set itself: replaced at the end
        if named and nested:
            return "X"
        action = action_of(
            element.keyword,
            element.VR,
            private=bool(element.tag.is_private) or not element.keyword,
            repeating=group >> 8 in (0x50, 0x60),
            characteristics=self._characteristics,
        )
        return "X" if action == "K" and not named and self._is_identifying(element) else action

    def _is_identifying(self, element: Any) -> bool:
        text = str(element.value) if element.VR in (*_TEXTS, *_NUMBERS) else ""
        return self._identifiers.in_number(text) if element.VR in _NUMBERS else self._identifiers.in_text(text)

    def _apply(self, dataset: Any, element: Any, action: str) -> None:
        values = [str(value) for value in _listed(element.value)] if action in ("U", "S") else []
        if action == "U" and all(uid.startswith(_STANDARD_UID) for uid in values):
            return
        if action == "Z":
            element.value = None
        elif action == "U":
            element.value = list(map(self._uid, values))
        elif values:
            shifted = list(map(self._shifted, values))
            element.value = shifted if len(shifted) > 1 else shifted[0]
        else:
            del dataset[element.tag]
        self.counts[f"{_label(element)} {_WORDS[action]}"] += 1

    def _uid(self, uid: str) -> str:
        return uid if not uid or uid.startswith(_STANDARD_UID) else self._pseudonyms.uid(uid)

    def _shifted(self, text: str) -> str:
        """A date moved into the past, without its time of day; empty when it is no date."""
        digits = text.replace(".", "")[:8]
        try:
            day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) - timedelta(days=self._days)
        except (ValueError, OverflowError):
            return ""
        shifted = f"{day.year:04}{day:%m%d}"  # not every system gives a year before 1000 four digits
        self.dates.add(shifted)
        return shifted


def _label(element: Any) -> str:
    return element.keyword or ("private" if element.tag.is_private else "unknown")


def _name_segment(item: Any) -> None:
    """The label of a segment is free text; the name of its coded type is not."""
    if "SegmentLabel" in item:
        codes = item.get("SegmentedPropertyTypeCodeSequence")
        item.SegmentLabel = str(codes[0].get("CodeMeaning") or "segment") if codes else "segment"


def _listed(value: Any) -> list[Any]:
    from pydicom.multival import MultiValue

    if value in (None, ""):
        return []
    return list(value) if isinstance(value, (MultiValue, list)) else [value]


def _methods(characteristics: bool) -> Any:
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    kept = _RETAINED if characteristics else {}
    items = []
    for code, meaning in {**METHODS, **kept}.items():
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", meaning
        items.append(item)
    return Sequence(items)


def _rewrite_meta(dataset: Any) -> None:
    """File meta says who wrote the file, for whom and which instance it is: it is made anew."""
    from pydicom.dataset import FileMetaDataset

    from lexiscope.sources.scans.dicom.decode import transfer_syntax

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = transfer_syntax(dataset)
    dataset.file_meta = meta
    dataset.preamble = bytes(128)
