"""Text drawn into pictures is found by the real OCR and blanked; what is no text stays."""

import numpy as np
import pydicom
import pytest
from PIL import Image, ImageDraw, ImageFont

from lexiscope.corpus.deidentify import deidentify_folder
from lexiscope.corpus.deidentify.burned import ocr
from lexiscope.testing.dicom import Scanner


@pytest.fixture(scope="module")
def find_text():
    pytest.importorskip("rapidocr", reason="pip install 'lexiscope[ocr]'")
    pytest.importorskip("onnxruntime", reason="pip install 'lexiscope[ocr]'")
    return ocr()


def picture(*, text: str = "", size: int = 20) -> np.ndarray:
    rng = np.random.default_rng(0)
    image = Image.fromarray((rng.normal(0, 10, (256, 320)) + 80).clip(0, 255).astype(np.uint8))
    if text:
        ImageDraw.Draw(image).text((12, 200), text, fill=250, font=ImageFont.load_default(size))
    return np.asarray(image)


@pytest.mark.slow
@pytest.mark.parametrize(("text", "size"), [("DOE^JANE 1961-02-03", 14), ("HOSP-4711", 24), ("Dr. House", 18)])
def test_drawn_names_are_found(find_text, text, size):
    shown = picture(text=text, size=size)
    boxes = find_text(np.repeat(shown[..., None], 3, axis=-1))
    covered = np.zeros(shown.shape, bool)
    for top, bottom, left, right in boxes:
        covered[max(0, top - 2) : bottom + 2, max(0, left - 2) : right + 2] = True
    drawn = shown.astype(int) - picture().astype(int) > 60
    assert drawn.any()
    assert covered[drawn].mean() > 0.99


@pytest.mark.slow
@pytest.mark.parametrize(("letters", "around", "noise"), [(16, 0, 1.0), (63, 50, 5.0), (63, 80, 6.0)])
def test_faint_names_beside_bright_tissue_are_blanked(find_text, tmp_path, letters, around, noise):
    grain = np.random.default_rng(0).normal(around, noise, (256, 256)).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(grain)
    draw = ImageDraw.Draw(image)
    draw.ellipse((120, 90, 240, 230), fill=250)
    draw.text((8, 8), "DOE JOHN 1961", fill=letters, font=ImageFont.load_default(14))
    Scanner(tmp_path / "in").slice("a.dcm", np.asarray(image), z=None, series="1.2.3")
    report = deidentify_folder(tmp_path / "in", tmp_path / "out", find_text=find_text)
    assert (report.written, report.blanked >= 1) == (1, True)


@pytest.mark.slow
def test_grain_is_no_text(find_text):
    assert find_text(np.repeat(picture()[..., None], 3, axis=-1)) == []


@pytest.mark.slow
@pytest.mark.shared
def test_the_name_of_a_hospital_in_a_real_picture_is_blanked(find_text, shared, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.dcm").write_bytes((shared / "dicom/single_pydicom_data/US1_J2KR.dcm").read_bytes())
    report = deidentify_folder(tmp_path / "in", tmp_path / "out", find_text=find_text)
    assert (report.written, report.unchecked) == (1, 0)
    assert report.blanked >= 10
    (path,) = (tmp_path / "out").rglob("*.dcm")
    assert find_text(pydicom.dcmread(path).pixel_array) == []
