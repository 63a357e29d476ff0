"""`draft_of_sample`: a sample of a WebDataset of another program -> a draft: its images, texts, labels and facts."""

import json
import math
from collections.abc import Mapping
from typing import Any

from lexiscope.core.case import Provenance, Scalar
from lexiscope.core.errors import SourceError
from lexiscope.core.passage import PASSAGE_KINDS, Passage
from lexiscope.sources.draft import Draft, Encoded, ImageFile
from lexiscope.sources.naming import unused
from lexiscope.sources.pixels import IMAGE_SUFFIXES
from lexiscope.sources.scans.nifti.case_folders import is_mask_name
from lexiscope.sources.tables.cells import cell_attribute, cell_passages, stated_text
from lexiscope.sources.text_encoding import encoding_of

_IMAGES = sorted(IMAGE_SUFFIXES, key=len, reverse=True)  # .nii.gz before anything it ends with
_TEXTS = ("txt", "text", "caption")
_LABELS = ("cls", "cls2", "label", "class")
_SPOKEN = (*PASSAGE_KINDS, "text", "captions", "description")  # fields of a .json that are texts
_LICENCES = ("licence", "license", "license_name", "license_type")


def draft_of_sample(key: str, files: Mapping[str, bytes], *, shard: str) -> Draft:
    """The draft of a sample.

    `.json` holds facts, texts (`caption`, `alt_text` ...) and the licence; `.txt`, `.text` and `.caption` texts; `.cls`
    a label. What is none of these is left out, and the provenance says so.

    Args:
        key: Name of the sample, which becomes the id.
        files: Rest of a file's name -> its bytes.
        shard: Name of the shard.

    Raises:
        SourceError: a .json is none.
    """
    sample = _Sample()
    for name, data in files.items():
        sample.add(name.lower(), data)
    locator: dict[str, Scalar | list[float]] = {"shard": shard, "key": key}
    return Draft(
        id=key,
        group=key,
        provenance=Provenance("webdataset", sample.licence, locator, tuple(dict.fromkeys(sample.steps))),
        images=sample.images,
        texts=tuple(sample.texts.values()),
        attributes=sample.attributes,
    )


def json_object(data: bytes) -> dict[str, Any]:
    """The JSON object of a file.

    Raises:
        SourceError: it is none.

    Example:
        >>> json_object(b'{"caption": "A pore."}')
        {'caption': 'A pore.'}
    """
    try:
        record = json.loads(encoding_of(data).decode(data))
    except (ValueError, RecursionError) as error:
        raise SourceError(f"expected JSON in the .json: {error}", remedy="correct it or leave it out") from error
    if not isinstance(record, dict):
        raise SourceError(f"expected an object in the .json, got {type(record).__name__}", remedy="write an object")
    return record


class _Sample:
    """What the files of a sample were read as so far."""

    def __init__(self) -> None:
        self.images: dict[str, ImageFile] = {}
        self.texts: dict[str, Passage] = {}  # by its words: one text that several files hold is one
        self.attributes: dict[str, Scalar] = {}
        self.steps: list[str] = []
        self.licence = "unknown"

    def add(self, name: str, data: bytes) -> None:
        """Read one file."""
        suffix = next((suffix for suffix in _IMAGES if f".{name}".endswith(suffix)), None)
        before, _, last = name.rpartition(".")
        if suffix is not None:
            modality = f".{name}"[: -len(suffix)].strip(".") or "image"
            self.images[unused(modality, self.images)] = ImageFile(Encoded(data, suffix))
            if is_mask_name(modality):
                self.steps.append(f"{modality} is called like a mask, and was read as an image: tables read masks")
        elif last == "json":
            self._add_facts(json_object(data))
        elif last in _TEXTS:
            self._add_texts(cell_passages(before or "caption", self._words(data)))
        elif last in _LABELS:
            self._add_fact(before or last, cell_attribute(self._words(data)))
        else:
            self.steps.append(f".{name} was not read")

    def _words(self, data: bytes) -> str:
        encoding = encoding_of(data)
        self.steps += encoding.guessed
        return encoding.decode(data).strip()

    def _add_texts(self, texts: list[Passage]) -> None:
        for text in texts:
            self.texts.setdefault(text.text, text)

    def _add_facts(self, record: Mapping[str, Any]) -> None:
        for name, value in record.items():
            if name.lower() in _LICENCES and stated_text(value):
                self.licence = stated_text(value)
            elif name.lower() in _SPOKEN and isinstance(value, str | list):
                self._add_texts(cell_passages(name, value))
            else:
                self._add_fact(name, value)

    def _add_fact(self, name: str, value: Any) -> None:
        if isinstance(value, list | dict):
            self.steps.append(f"{name} of the .json was left out: it holds several values")
        elif (fact := _fact(value)) is not None:
            self.attributes[name] = fact


def _fact(value: Any) -> Scalar | None:
    """A JSON value as a fact; None where it is missing. A number of more than 64 bits becomes text."""
    if isinstance(value, str):
        return stated_text(value) or None
    if isinstance(value, int):
        return value if abs(value) < 2**63 else str(value)
    return value if isinstance(value, float) and math.isfinite(value) else None
