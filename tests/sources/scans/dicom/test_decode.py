"""Pixels as stored, and what is done to them before they are rescaled."""

from dataclasses import replace

import numpy as np
import pytest

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.decode import read_planes, transfer_syntax
from lexiscope.sources.scans.dicom.headers import read_instance

PIXELS = np.arange(24, dtype=np.uint16).reshape(4, 6)


@pytest.fixture
def instance(scanner):
    scanner.slice("a.dcm", PIXELS, z=0.0, series="1.2.3")
    return read_instance(scanner.folder / "a.dcm")


def test_raw_and_parsed_pixels_are_the_same(instance):
    np.testing.assert_array_equal(read_planes(instance), PIXELS[None])
    np.testing.assert_array_equal(read_planes(replace(instance, raw=None)), PIXELS[None])


def test_signed_pixels_keep_their_sign(scanner):
    values = np.array([[-5, 7], [0, -1]], np.int16)
    scanner.slice("a.dcm", values, z=0.0, series="1.2.3")
    np.testing.assert_array_equal(read_planes(read_instance(scanner.folder / "a.dcm")), values[None])


def test_bits_that_do_not_count_are_cut(scanner):
    scanner.slice("a.dcm", PIXELS | 0xF000, z=0.0, series="1.2.3", BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(read_planes(read_instance(scanner.folder / "a.dcm")), PIXELS[None])


@pytest.mark.parametrize(("values", "dtype"), [([[0, 4095]], np.uint16), ([[-5, 5]], np.int16)])
def test_inverted_pixels_are_turned(scanner, values, dtype):
    stored = np.array(values, dtype)
    fields = {"PhotometricInterpretation": "MONOCHROME1", "Modality": "DX", "BitsStored": 12, "HighBit": 11}
    scanner.slice("a.dcm", stored, z=None, series="1.2.3", **fields)
    turned = read_planes(read_instance(scanner.folder / "a.dcm"))[0]
    expected = 4095 - stored if dtype == np.uint16 else -1 - stored
    np.testing.assert_array_equal(turned, expected)


def test_colours_come_last(scanner):
    values = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
    scanner.slice("a.dcm", values, z=None, series="1.2.3")
    np.testing.assert_array_equal(read_planes(read_instance(scanner.folder / "a.dcm")), values[None])


def test_a_truncated_file_is_refused_unless_a_copy_is_whole(instance):
    whole = instance.path.with_name("copy.dcm")
    whole.write_bytes(instance.path.read_bytes())
    instance.path.write_bytes(instance.path.read_bytes()[:-10])
    instance = read_instance(instance.path)
    with pytest.raises(SourceError, match="truncated: its header claims 48 bytes of pixels, 38 came"):
        read_planes(instance)
    np.testing.assert_array_equal(read_planes(replace(instance, copies=(whole,))), PIXELS[None])


def test_tiles_of_a_mosaic_are_taken_apart(instance):
    mosaic = np.block([[np.full((2, 3), 1), np.full((2, 3), 2)], [np.full((2, 3), 3), np.zeros((2, 3))]])
    stored = instance.path.read_bytes()
    instance.path.write_bytes(stored[: instance.raw.offset] + mosaic.astype("<u2").tobytes())
    tiles = read_planes(replace(instance, tiles=3, state=None))
    assert tiles.shape == (3, 2, 3)
    assert [tile.mean() for tile in tiles] == [1, 2, 3]


@pytest.mark.parametrize("entries", [[0, 10, 200, 255], [0, 10 << 8, 200 << 8, 255 << 8]])
def test_palettes_of_either_width_give_the_same_colours(scanner, entries):
    """Tables of 16 bits hold colours of 8 bits in their low or in their high bytes."""
    table = np.array(entries, np.uint16).tobytes()
    fields = {"PhotometricInterpretation": "PALETTE COLOR", "Modality": "US"}
    for name in ("Red", "Green", "Blue"):
        fields[f"{name}PaletteColorLookupTableDescriptor"] = [4, 0, 16]
        fields[f"{name}PaletteColorLookupTableData"] = table
    scanner.slice("a.dcm", np.array([[0, 1], [2, 3]], np.uint8), z=None, series="1.2.3", **fields)
    colours = read_planes(read_instance(scanner.folder / "a.dcm"))
    assert colours[0, ..., 1].tolist() == [[0, 10], [200, 255]]


def test_as_many_frames_as_rows_and_columns_are_no_colours(scanner):
    values = np.arange(64, dtype=np.uint16).reshape(4, 4, 4)
    scanner.slice("a.dcm", values[0], z=None, series="1.2.3", NumberOfFrames=4, PixelData=values.tobytes())
    instance = replace(read_instance(scanner.folder / "a.dcm"), raw=None)
    np.testing.assert_array_equal(read_planes(instance), values)


def test_several_transfer_syntaxes_are_refused(scanner):
    dataset = scanner.slice("a.dcm", PIXELS, z=0.0, series="1.2.3")
    dataset.file_meta.TransferSyntaxUID = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"]
    with pytest.raises(SourceError, match="states several transfer syntaxes"):
        transfer_syntax(dataset)
