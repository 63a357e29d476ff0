"""`write_identified`: small DICOM files that name their patients in every place that a file has."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

_PEOPLE = (  # character set, name (alphabetic, ideographic and phonetic), id
    ("", "Doe^Jane", "HOSP-4711"),
    ("ISO_IR 100", "Müller^Jürgen", "KLINIK-0815"),
    ("ISO_IR 101", "Wałęsa^Krzysztof", "SZPITAL-77A"),
    ("ISO_IR 144", "Иванова^Надежда", "BOLNITSA-31"),
    ("ISO_IR 126", "Διονύσιος^Γιώργος", "12345678"),
    ("ISO_IR 192", "Wang^XiaoDong=王小东^大海=", "YIYUAN-9X2"),
    ("GB18030", "Zhang^Guoqiang=张国强^大海", "YIYUAN-5K8"),
    (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう", "BYOUIN-64B"),
    (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동", "BYEONG-3Q7"),
    ("ISO_IR 192", "Siemens^Hartmut", "MODIFIED-1"),
)  # fmt: skip
_BIRTH, _DAY, _ROOT = "19610203", "20240310", "1.2.826.0.1.3680043.77"
_TEXTS = {"PN": 64, "LO": 64, "SH": 16, "ST": 200, "LT": 200, "UT": 200, "UC": 200, "UR": 64, "AE": 16, "CS": 16}
_PIXELS = (0x7FE0, 0x0028, 0x0002, 0x0000, 0xFFFC, 0xFFFE, 0x0004)
_NEEDED = (
    "SpecificCharacterSet", "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID",
    "PatientName", "PatientBirthDate", "BurnedInAnnotation", "Modality", "StudyDate", "AccessionNumber",
)  # fmt: skip
_STEP = 11  # of the places of the dictionary, so many files cover all of them
_RAMP = bytes(range(40, 72))  # greys that spell digits by accident
_CODES = ("utf-8", "latin-1", "iso8859_2", "iso8859_5", "iso8859_7", "gb18030", "euc_kr", "iso2022_jp")
_WAYS = (
    "plain",
    "unused bits",
    "after the pixels",
    "overlay",
    "jpeg-ls comment",
    "jpeg 2000 comment",
    "rle",
    "ramp",
    "grey 63",
)


@dataclass(frozen=True, slots=True)
class IdentifiedScan:
    """A file that was written, and what must not be found in a copy without identifiers.

    Args:
        path: The file, in a folder called after the patient.
        way: Place in its pixels where an identifier hides.
        secrets: Names and their parts, ids, days and UIDs.
    """

    path: Path
    way: str
    secrets: frozenset[str]


def write_identified(folder: Path, count: int) -> list[IdentifiedScan]:
    """Write files whose patients stand in every text, day and UID of DICOM's dictionary, a part of it in each file.

    They also stand in items of sequences, private elements, curves and overlays, unused bits, bytes after the pixels,
    comments of compressed streams, file meta and paths.
    """
    return [_write(folder, number) for number in range(count)]


def _write(folder: Path, number: int) -> IdentifiedScan:
    from pydicom.uid import ExplicitVRLittleEndian

    characters, name, patient = _PEOPLE[number % len(_PEOPLE)]
    way, family = _WAYS[number % len(_WAYS)], name.split("^")[0].split("=")[0]
    dataset = _header(number, characters, name, patient)
    item = type(dataset)()
    for place, (tag, vr) in enumerate(_places(number)):
        (item if place % 3 == 0 else dataset).add_new(tag, vr, _value(vr, name, patient, number, place))
    dataset.ProcedureCodeSequence = dataset.ReferencedImageSequence = [item]
    private = dataset.private_block(0x0029, "ACME", create=True)
    private.add_new(1, "LO", name.split("=")[0])
    private.add_new(2, "OB", family.encode() + b"\0" * (len(family.encode()) % 2))
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    _draw(dataset, way, family, number)
    path = folder / family / f"{patient}_{family}_{number}.dcm"
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    parts = {part for group in name.split("=") for part in group.split("^") if part} | {name.split("=")[0]}
    uids = {f"{_ROOT}.{kind}.{number}" for kind in (1, 2, 3)}
    return IdentifiedScan(path, way, frozenset(parts | uids | {patient, _BIRTH, _DAY, f"ACC-{number}-X9"}))


def _header(number: int, characters: Any, name: str, patient: str) -> Any:
    from pydicom.dataset import Dataset, FileMetaDataset

    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.SourceApplicationEntityTitle = patient[:16]
    if characters:
        dataset.SpecificCharacterSet = characters
    dataset.SOPClassUID, dataset.Modality = "1.2.840.10008.5.1.4.1.1.1", "CR"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID = (
        f"{_ROOT}.{kind}.{number}" for kind in (1, 2, 3)
    )
    dataset.PatientID, dataset.PatientName, dataset.PatientBirthDate = patient, name, _BIRTH
    dataset.StudyDate, dataset.AccessionNumber = _DAY, f"ACC-{number}-X9"
    dataset.Rows = dataset.Columns = 32
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PixelRepresentation = 1, "MONOCHROME2", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    return dataset


def _places(number: int) -> Iterator[tuple[int, str]]:
    """A part of the elements of DICOM's dictionary that can hold text, days, UIDs or bytes."""
    from pydicom.datadict import DicomDictionary

    kinds = (*_TEXTS, "DA", "DT", "UI", "UN", "OB")
    fitting = [
        (tag, entry[0])
        for tag, entry in sorted(DicomDictionary.items())
        if entry[0] in kinds and tag >> 16 not in _PIXELS and entry[4] not in _NEEDED
    ]
    return iter(fitting[number % _STEP :: _STEP])


def _value(vr: str, name: str, patient: str, number: int, place: int) -> Any:
    alphabetic = name.split("=")[0]
    if vr == "PN":
        return name
    if vr in ("DA", "DT"):
        return _BIRTH if place % 2 else _DAY
    if vr == "UI":
        return f"{_ROOT}.1.{number}"
    if vr in ("UN", "OB"):
        return patient.encode().ljust(16, b" ")
    wordings = (alphabetic.replace("^", " "), patient, alphabetic.replace("^", "_"), alphabetic.split("^")[1])
    text = wordings[place % len(wordings)]
    return patient if vr in ("AE", "CS", "UR") or len(text.encode()) > _TEXTS[vr] else text


def _draw(dataset: Any, way: str, family: str, number: int) -> None:
    from pydicom.uid import RLELossless

    pixels = np.random.default_rng(number).integers(0, 900, (32, 32)).astype(np.uint16)
    if way == "unused bits":
        pixels[8:16, 8:16] |= np.uint16(0x1000)
    if way in ("ramp", "grey 63"):  # greys that spell digits, and question marks
        pixels = np.tile(np.frombuffer(_RAMP, np.uint8), (32, 1)) if way == "ramp" else np.full((32, 32), 63, np.uint8)
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelData = pixels.tobytes()
    if way == "after the pixels":
        hidden = family.encode()
        dataset.PixelData += hidden + b"\0" * (len(hidden) % 2)
    elif way == "overlay":
        for group in (0x6000, 0x5000):
            dataset.add_new(group << 16 | 0x3000, "OW", family.encode().ljust(128, b"\0"))
    elif way == "rle":
        dataset.compress(RLELossless, generate_instance_uid=False)
    elif "comment" in way:
        _comment(dataset, pixels, family.encode(), old=way.startswith("jpeg-ls"))


def _comment(dataset: Any, pixels: Any, text: bytes, *, old: bool) -> None:
    """Compress the pixels with a comment in their stream."""
    import imagecodecs
    from pydicom.encaps import encapsulate
    from pydicom.uid import JPEG2000Lossless, JPEGLSLossless

    if old:
        stream = bytes(imagecodecs.jpegls_encode(pixels))
        segment, place = b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text, 2
    else:
        stream = bytes(imagecodecs.jpeg2k_encode(pixels, codecformat="j2k", reversible=True, level=0))
        place = 4 + int.from_bytes(stream[4:6], "big")  # after the size of the image
        segment = b"\xff\x64" + (len(text) + 4).to_bytes(2, "big") + b"\0\1" + text
    dataset.PixelData = encapsulate([stream[:place] + segment + stream[place:]])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = JPEGLSLossless if old else JPEG2000Lossless


def survivors(scans: Iterable[IdentifiedScan], out: Path) -> frozenset[str]:
    """Secrets that stand below `out`: in the paths, the texts or the bytes of any file."""
    secrets = frozenset[str]().union(*(scan.secrets for scan in scans))
    spelled = {form: secret for secret in secrets for form in _spelled(secret)}
    files = sorted(path for path in out.rglob("*") if path.is_file())
    return frozenset[str]().union(*(_in_bytes(path, spelled) | _in_texts(path, out, secrets) for path in files))


def _in_bytes(path: Path, spelled: dict[bytes, str]) -> set[str]:
    data = path.read_bytes().replace(_RAMP, b"").lower()
    return {secret for form, secret in spelled.items() if form in data}


def _in_texts(path: Path, out: Path, secrets: Iterable[str]) -> set[str]:
    text = f"{path.relative_to(out)} {_texts(path)}".casefold()
    return {secret for secret in secrets if len(secret) > 2 and secret.casefold() in text}


def _spelled(secret: str) -> set[bytes]:
    forms = set()
    for code in _CODES:
        with suppress(UnicodeEncodeError):
            forms |= {case.encode(code).lower() for case in (secret, secret.upper(), secret.lower())}
    return {form for form in forms if len(form) > 5}


def _texts(path: Path) -> str:
    import pydicom

    if path.suffix != ".dcm":
        return path.read_text(encoding="utf-8", errors="replace")
    dataset = pydicom.dcmread(path)
    return " ".join(str(element.value) for element in dataset.iterall() if not isinstance(element.value, bytes))
