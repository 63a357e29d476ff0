"""Variants of identifiers: in paths of what is built, in bits and character sets of what is de-identified."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.deidentify import deidentify_folder
from lexiscope.sources import SOURCES
from lexiscope.testing.field.dicom_files import CR, ROOT, STORAGE, save, series, slice_of
from lexiscope.testing.field.variant import Outcome, Variant

_PERSON = "Musterfrau"
_WORDS = (
    b"musterfrau",
    "Иванова".encode(),
    "Иванова".encode("iso8859_5"),
    "王小东".encode(),
    "Müller".encode(),
    b"M\xfcller",
)


def variants() -> Iterator[Variant]:
    """Variants of identifiers."""
    yield from _paths()
    yield from _cleaned()


def _paths() -> Iterator[Variant]:
    kind = "names in paths"
    ways: dict[str, Callable[[Path], object]] = {
        "folder": lambda lab: series(lab / "Musterfrau_Erika" / "CT", 3),
        "file": lambda lab: series(lab, 3, name="MUSTERFRAU_{:03}.dcm"),
        "damaged file": _damaged,
        "report": lambda lab: _odd(lab, kind=f"{STORAGE}.88.11"),
        "slices without a place": lambda lab: series(lab / "Musterfrau", 20, PixelSpacing=None),
        "a slice that is lost": lambda lab: series(lab / "Musterfrau", 8, skip=(3,)),
        "pictures nobody reads": _beside,
        "no study UID": lambda lab: series(lab / "Musterfrau_Erika", 5, StudyInstanceUID=None),
        "no UID and no patient": lambda lab: series(
            lab / "Musterfrau", 5, StudyInstanceUID=None, PatientID=None, StudyDate=None
        ),
        "a segmentation without its series": lambda lab: _odd(lab, kind=f"{STORAGE}.66.4", NumberOfFrames=1),
        "letters with accents": lambda lab: series(lab / "Mu\u0308ller_Erika" / "Müller", 3),
        "letters that are no UTF-8": lambda lab: series(lab / os.fsdecode(b"M\xfcller_Musterfrau"), 8, skip=(3,)),
        "description and protocol": lambda lab: series(
            lab, 3, SeriesDescription="Musterfrau t1", ProtocolName="MUSTERFRAU"
        ),
        "modality that is a name": lambda lab: series(lab, 3, Modality="MUSTERFRAU"),
    }
    for name, write in ways.items():
        yield Variant(kind, name, lambda lab, w=write: _whole_and(lab, w), _nowhere, build=_built)


def _whole_and(lab: Path, write: Callable[[Path], object]) -> None:
    """What is meant, beside a series of another patient that can be read."""
    write(lab)
    series(lab / "x", 3, PatientID="OTHER", StudyInstanceUID=f"{ROOT}.55", SeriesInstanceUID=f"{ROOT}.56")


def _damaged(lab: Path) -> None:
    series(lab / "Musterfrau", 1)
    path = lab / "Musterfrau" / "IM000.dcm"
    path.rename(lab / "Musterfrau" / "Musterfrau.dcm")
    whole = (lab / "Musterfrau" / "Musterfrau.dcm").read_bytes()
    (lab / "Musterfrau" / "Musterfrau.dcm").write_bytes(whole[:300])


def _odd(lab: Path, **fields: Any) -> None:
    save(slice_of(np.zeros((8, 8), np.uint8), None, **fields), lab / "Musterfrau" / "report_MUSTERFRAU.dcm")


def _beside(lab: Path) -> None:
    series(lab / "Musterfrau", 3)
    for name in ("Musterfrau.pdf", "Musterfrau.nii.gz", "musterfrau.jpg", "Musterfrau.zip", "Musterfrau.csv"):
        (lab / "Musterfrau" / name).write_bytes(b"x" * 100)


def _built(lab: Path, corpus: Path) -> object:
    return build_corpus(corpus, SOURCES.load("dicom")(lab))


def _nowhere(outcome: Outcome) -> None:
    """Nothing that a corpus holds names the patient; the patient's name is no part of the corpus' own path."""
    assert outcome.cases
    for path in outcome.corpus.rglob("*"):
        assert _PERSON.lower() not in path.name.lower(), path.name
        if path.is_file():
            data = path.read_bytes().lower()
            found = [word for word in (*_WORDS, "Mu\u0308ller".encode()) if word.lower() in data]
            assert not found, f"{found} stands in {path.name}"
    assert "doe" not in str(outcome.cases).lower()


def _cleaned() -> Iterator[Variant]:
    kind = "identifiers that are taken out"
    people = {
        "Cyrillic": ("ISO_IR 144", "Иванова^Надежда"), "Greek": ("ISO_IR 126", "Διονύσιος^Γιώργος"),
        "Chinese, GB18030": ("GB18030", "Wang^XiaoDong=王小东="), "Chinese, UTF-8": ("ISO_IR 192", "Wang^XiaoDong=王小东="),
        "Japanese": (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"), "Latin": ("ISO_IR 100", "Müller^Jürgen"),
        "Thai": ("ISO_IR 166", "สมชาย"), "Hebrew": ("ISO_IR 138", "כהן^דוד"), "Arabic": ("ISO_IR 127", "أحمد"),
    }  # fmt: skip
    for name, (characters, person) in people.items():
        for grey in (63, 32, 48):
            yield Variant(
                kind,
                f"{name}, a grey of {grey}",
                lambda lab, c=characters, p=person, g=grey: _flat(lab, c, p, g),
                _all_written,
                build=_deidentified,
            )
    bits: dict[str, dict[str, Any]] = {
        "bit 12": {"bit": 12}, "bit 15": {"bit": 15}, "signed": {"bit": 12, "signed": True},
        "below the value": {"bit": 0, "high": 15},
    }  # fmt: skip
    for name, fields in bits.items():
        yield Variant(
            kind,
            f"a drawing in {name}",
            lambda lab, f=fields: _drawn(lab, **f),
            lambda o, f=fields: _bits_empty(o, f),
            build=_deidentified,
        )


def _deidentified(lab: Path, corpus: Path) -> object:
    clean = corpus.parent / "clean"
    report = deidentify_folder(lab, clean)
    assert not report.refused, report.refused
    return build_corpus(corpus, SOURCES.load("dicom")(clean))


def _flat(lab: Path, characters: Any, person: str, grey: int) -> None:
    for k in range(3):
        made = slice_of(
            np.full((8, 8), grey, np.uint8),
            None,
            kind=CR,
            SpecificCharacterSet=characters,
            PatientName=person,
            InstanceNumber=k + 1,
        )
        save(made, lab / f"{k}.dcm")


def _all_written(outcome: Outcome) -> None:
    files = list((outcome.corpus.parent / "clean").rglob("*.dcm"))
    assert len(files) == 3, len(files)
    for path in files:
        data = path.read_bytes()
        assert not any(
            word in data for word in ("Иванова".encode("iso8859_5"), "王小东".encode(), "Müller".encode("latin-1"))
        )


def _drawn(lab: Path, *, bit: int, high: int = 11, signed: bool = False) -> None:
    words = np.full((16, 16), 500 << (high - 11), np.uint16)
    words[4:9, 3:12] |= np.uint16(1 << bit)
    made = slice_of(words, None, kind=CR, BitsStored=12, HighBit=high, PixelRepresentation=int(signed))
    made.add_new(0x60000010, "US", 16)
    made.add_new(0x60000011, "US", 16)
    made.add_new(0x60000040, "CS", "G")
    made.add_new(0x60000050, "SS", [1, 1])
    made.add_new(0x60000100, "US", 16)
    made.add_new(0x60000102, "US", bit)
    save(made, lab / "o.dcm")


def _bits_empty(outcome: Outcome, fields: dict[str, Any]) -> None:
    import pydicom

    (path,) = (outcome.corpus.parent / "clean").rglob("*.dcm")
    made = pydicom.dcmread(path)
    words = np.frombuffer(made.PixelData, np.uint16)
    assert set(words.tolist()) == {500 << (fields.get("high", 11) - 11)}, set(words.tolist())
    assert not any(0x6000 <= element.tag.group <= 0x60FF for element in made)
