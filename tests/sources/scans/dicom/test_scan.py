"""The quick look at headers says what pydicom says, or nothing; damage never gets further than a `SourceError`."""

import io
import random

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, generate_uid

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.decode import read_planes
from lexiscope.sources.scans.dicom.files import read_dataset
from lexiscope.sources.scans.dicom.headers import read_instance
from lexiscope.sources.scans.dicom.scan import scan
from lexiscope.sources.scans.dicom.values import value_of


def nested(*, undefined: bool) -> Sequence:
    inner, outer = Dataset(), Dataset()
    inner.CodeMeaning = "Schädel"
    outer.ConceptCodeSequence = Sequence([inner, Dataset()])
    for item in (inner, outer):
        item.is_undefined_length_sequence_item = undefined
    outer["ConceptCodeSequence"].is_undefined_length = undefined
    return Sequence([outer])


def file_of(scanner, *, undefined=False, syntax=None, **fields) -> bytes:
    dataset = scanner.slice(
        "a.dcm",
        np.arange(24, dtype=np.uint16).reshape(4, 6),
        z=1.0,
        series=generate_uid(),
        SpecificCharacterSet="ISO_IR 100",
        SeriesDescription="t1 Schädel",
        ProcedureCodeSequence=nested(undefined=undefined),
        **fields,
    )
    dataset["ProcedureCodeSequence"].is_undefined_length = undefined
    stream = io.BytesIO()
    if syntax is not None:
        dataset.file_meta.TransferSyntaxUID = syntax
    implicit, little = syntax == ImplicitVRLittleEndian, syntax != ExplicitVRBigEndian
    dataset.save_as(stream, implicit_vr=implicit, little_endian=little, enforce_file_format=True)
    return stream.getvalue()


@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize("syntax", [None, ImplicitVRLittleEndian])
def test_it_gives_the_data_set_that_pydicom_gives(scanner, syntax, undefined):
    data = file_of(scanner, undefined=undefined, syntax=syntax)
    found, offset = scan(io.BytesIO(data))
    stream = io.BytesIO(data)
    expected = pydicom.dcmread(stream, stop_before_pixels=True)
    assert offset == stream.tell()
    assert found.to_json() == expected.to_json()
    assert found.file_meta.TransferSyntaxUID == expected.file_meta.TransferSyntaxUID
    assert found.original_encoding == expected.original_encoding
    for name in ("SeriesDescription", "Rows", "PixelSpacing", "PatientName", "EchoTime", "ProcedureCodeSequence"):
        assert value_of(found, name) == expected.get(name)
        assert value_of(found, name) == expected.get(name)


def test_equal_bytes_in_other_character_sets_are_other_values(scanner):
    one, _ = scan(io.BytesIO(file_of(scanner)))
    two, _ = scan(io.BytesIO(file_of(scanner).replace(b"ISO_IR 100", b"ISO_IR 144")))
    assert value_of(one, "SeriesDescription") == "t1 Schädel"
    assert value_of(two, "SeriesDescription") != "t1 Schädel"


def test_what_is_unusual_is_left_to_pydicom(scanner):
    assert scan(io.BytesIO(file_of(scanner, syntax=ExplicitVRBigEndian))) is None
    data = file_of(scanner)
    assert scan(io.BytesIO(data[132:])) is None
    assert scan(io.BytesIO(data.replace(b"\x28\x00\x10\x00US", b"\x28\x00\x10\x00??"))) is None


def test_cut_anywhere_it_is_refused_or_says_the_same(scanner, tmp_path):
    data = file_of(scanner, undefined=True)
    whole = scan(io.BytesIO(data))[0]
    for end in range(0, len(data), 7):
        found = scan(io.BytesIO(data[:end]))
        if found is not None:
            assert all(found[0][element.tag] == whole[element.tag] for element in found[0])


@pytest.mark.filterwarnings("error::UserWarning")  # pydicom's quote values, and values are the patient's
@pytest.mark.parametrize("seed", range(8))
def test_damaged_files_are_read_or_refused_and_never_crash(scanner, tmp_path, seed):
    rng = random.Random(seed)
    data = file_of(scanner, undefined=bool(seed % 2), syntax=ImplicitVRLittleEndian if seed % 3 == 0 else None)
    path, refused = tmp_path / "x.dcm", []
    for _ in range(60):
        broken = bytearray(data)
        for _ in range(rng.randint(1, 6)):
            broken[rng.randrange(128, len(broken))] = rng.choice([0, 255, rng.randrange(256)])
        path.write_bytes(broken[: rng.choice([len(broken), rng.randrange(len(broken))])])
        for work in (lambda: read_planes(read_instance(path)), lambda: read_dataset(path)):
            try:
                work()
            except SourceError as error:
                refused.append(error)
    assert refused
    assert all(str(error) and error.remedy for error in refused)


@pytest.mark.shared
def test_real_files_say_the_same_either_way(shared, monkeypatch):
    from lexiscope.sources.scans.dicom import files

    def told(path):
        try:
            instance = read_instance(path)
        except SourceError as error:
            return str(error)
        return [getattr(instance, field) for field in instance.__slots__]

    paths = list(files.find_files(shared / "dicom"))
    quick = [told(path) for path in paths]
    monkeypatch.setattr(files, "scan", lambda stream: None)
    assert quick == [told(path) for path in paths]
