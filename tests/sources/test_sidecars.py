"""What a microscope writes beside its picture is metadata in every encoding, and never a caption."""

import numpy as np
import pytest
import tifffile

from lexiscope.sources.images import ImagesSource
from lexiscope.sources.scans.micrograph import MicrographSource
from lexiscope.sources.sidecars import is_settings, sidecar_beside
from lexiscope.testing.sources import check_drafts

HITACHI = """[SemImageFile]
InstructName=S-4800
DataSize=48x32
PixelSize=9.921875
SignalName=SE(M)
AcceleratingVoltage=15000 Volt
Magnification=10000
WorkingDistance=8200 um"""
JEOL = """$CM_FORMAT 0 0
$CM_ACCEL_VOLT 15.00
$CM_MAG 5000
$CM_FULL_SIZE 48 32
$$SM_MICRON_BAR 162
$$SM_MICRON_MARKER 5um"""
ZEISS = """DP_DETECTOR_CHANNEL
Signal A = InLens
AP_MAG
Mag = 10.00 K X
AP_MANUALKV
EHT = 5.00 kV
AP_IMAGE_PIXEL_SIZE
Image Pixel Size = 5.583 nm"""
FEI = """[User]
User=operator
[Beam]
HV=20000
[Scan]
PixelWidth=2.5e-9
PixelHeight=2.6e-9"""
TESCAN = """[MAIN]
Device=TS5136
Magnification=3000
PixelSizeX=1.2e-8
PixelSizeY=1.2e-8
[SEM]
HV=30000"""
OTHER = """Instrument = Own build
Scan time = 3
Gain = 2.0
Date = 2024-01-02"""

PLAIN = """Voltage: 15 kV
Magnification: 5000 x
Dwell time: 3 us
Working distance: 8.2 mm
Detector: SE"""


def lab(folder, name, text, encoding="utf-8", shape=(32, 48)):
    folder.mkdir(exist_ok=True)
    tifffile.imwrite(folder / "S01.tif", np.arange(np.prod(shape), dtype=np.uint16).reshape(shape), metadata=None)
    (folder / name).write_text(text, encoding=encoding)
    return folder


@pytest.mark.parametrize("source", [MicrographSource, ImagesSource])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
@pytest.mark.parametrize(
    ("name", "text", "maker", "pixel", "energy"),
    [
        ("S01.txt", HITACHI, "Hitachi", (9.921875, 9.921875), 15.0),
        ("S01.txt", JEOL, "JEOL", (5000 / 162,) * 2, 15.0),
        ("S01.txt", ZEISS, "Zeiss", (5.583, 5.583), 5.0),
        ("S01.txt", FEI, "FEI", (2.6, 2.5), 20.0),
        ("S01-tif.hdr", TESCAN, "Tescan", (12.0, 12.0), 30.0),
        ("S01.txt", OTHER, "", None, None),
        ("S01.txt", PLAIN, "", None, None),
    ],
)
def test_settings_give_the_pixel_size_and_no_caption(tmp_path, source, encoding, name, text, maker, pixel, energy):
    folder = lab(tmp_path / "lab", name, text, encoding)
    (draft,) = check_drafts(source(folder), accepted=1)
    assert draft.texts == ()
    image = draft.images["image"]
    assert image.spacing == (None if pixel is None else pytest.approx(pixel))
    assert draft.attributes.get("beam_energy") == energy
    (step,) = draft.provenance.steps
    assert step.startswith(f"{name} beside it holds a microscope's settings")
    assert maker in step


@pytest.mark.parametrize(
    "text",
    [
        "Grains of steel.",
        "Grains of steel after two hours.\nScale = 5 µm.\nTaken at 15 kV.\nThe bright phase is carbide.",
        "a = b",
        "A: grains\nB: pores\nC: cracks at 5 µm\nD: carbides\nE: 3 inclusions",
        "",
        "Figure 1. p = 0.05 for all; n = 3.",
    ],
)
def test_prose_stays_a_caption(tmp_path, text):
    assert not is_settings(text)
    (draft,) = MicrographSource(lab(tmp_path / "lab", "S01.txt", text)).drafts()
    assert [one.text for one in draft.texts] == ([text] if text else [])
    assert draft.provenance.steps == ()


def test_settings_of_a_picture_of_another_size_give_no_pixel_size(tmp_path):
    (draft,) = MicrographSource(lab(tmp_path / "lab", "S01.txt", HITACHI, shape=(16, 24))).drafts()
    assert draft.images["image"].spacing is None


def test_a_caption_in_utf_16_is_read(tmp_path):
    (draft,) = MicrographSource(lab(tmp_path / "lab", "S01.txt", "Körner aus Stahl.", "utf-16")).drafts()
    assert draft.texts[0].text == "Körner aus Stahl."


@pytest.mark.parametrize("size", ["-3", "0", "nan", "1e400", "none", "5 parsec"])
def test_sizes_that_make_no_sense_are_none(tmp_path, size):
    lab(tmp_path / "lab", "S01.txt", HITACHI.replace("9.921875", size))
    assert sidecar_beside(tmp_path / "lab", "S01.tif", "S01").pixel is None
