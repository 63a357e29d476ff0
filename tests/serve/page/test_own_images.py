"""Images of one's own in Chromium: asked about and outlined in place of a case."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.testing.dicom import Scanner

pytestmark = pytest.mark.slow
expect = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra dev").expect


def test_a_picture_that_is_dropped_is_asked_about_and_outlined(
    look: Any, address: str, picture: Path, drop: Any
) -> None:
    page, held = look(f"{address}/corpus"), []
    page.route("**/api/v1/models", lambda route: held.append(route))
    page.goto(f"{address}/ask")
    expect(page.get_by_role("button", name="Your own images…")).to_be_visible()
    drop(page, "mine-t2w.png", picture.read_bytes())
    expect(page.get_by_role("heading", level=1)).to_have_text("mine-t2w.png")
    for route in held:  # what the model reads is known only now, by which the name is understood
        route.continue_()
    page.unroute("**/api/v1/models")
    expect(page.get_by_role("figure", name="t2w", exact=True)).to_be_visible()
    page.get_by_role("combobox", name="shows").select_option("flair")
    expect(page.get_by_role("figure", name="flair", exact=True)).to_be_visible()
    page.get_by_role("textbox", name="Question").fill("Is there a lesion?")
    with page.expect_request("**/api/v1/ask") as sent:
        page.get_by_role("button", name="Ask", exact=True).click()
    assert sent.value.post_data_json["input"]["modality"] == "flair"
    expect(page.get_by_role("status", name="Answer")).to_contain_text(re.compile(r"probability \d\.\d\d"))
    page.get_by_role("navigation", name="Views of these images").get_by_role("link", name="Segment").click()
    page.get_by_role("button", name="Outline", exact=True).click()
    expect(page.get_by_role("region", name="Outlines found")).to_contain_text(re.compile(r"score \d\.\d\d"))
    expect(page.get_by_role("button", name="DICOM-SEG")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("figure", name="flair", exact=True)).to_be_visible()
    page.goto(f"{address}/ask")
    page.get_by_role("navigation", name="Sent before").get_by_role("link", name="mine-t2w.png").click()
    expect(page.get_by_role("figure", name="t2w", exact=True)).to_be_visible()


def test_images_that_ended_with_an_earlier_server_are_asked_for_again(look: Any, address: str) -> None:
    gone = "00000000-aaaaaaaaaaaaaaaa"  # as of a server that has been started again since
    script = f"sessionStorage.setItem('lexiscope-uploads', '[\"{gone}\"]')"
    page = look(f"{address}/ask?upload={gone}", script=script)
    expect(page.get_by_role("alert")).to_contain_text("upload the files again")
    page.get_by_role("link", name="Segment").first.click()
    expect(page.get_by_role("button", name="Your own images…")).to_be_visible()
    expect(page.get_by_role("navigation", name="Sent before")).to_have_count(0)


def test_several_images_are_one_case_once_it_is_said_what_each_shows(
    look: Any, address: str, made: Any, tmp_path: Path
) -> None:
    corpus, _ = made
    case = next(case for case in corpus if len(case.images) > 1)
    first, second = sorted(case.images)[:2]
    named = {"one.nii.gz": first, f"visit-{second}.nii.gz": second}
    files = [tmp_path / name for name in named]
    for file, modality in zip(files, named.values(), strict=True):
        file.write_bytes(corpus.object_path(case.images[modality]).read_bytes())
    page = look(f"{address}/segment")
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Your own images…").click()
    chosen.value.set_files(files)
    asked = page.get_by_role("form", name="What the images show")
    expect(asked.get_by_role("combobox", name=re.compile(second))).to_have_value(second)
    asked.get_by_role("combobox", name=re.compile("one.nii.gz")).select_option(second)
    expect(asked.get_by_role("button", name="Use these")).to_be_disabled()
    asked.get_by_role("combobox", name=re.compile("one.nii.gz")).select_option(first)
    asked.get_by_role("button", name="Use these").click()
    for name in (first, second):
        expect(page.get_by_role("figure", name=name, exact=True)).to_be_visible()
    page.get_by_role("button", name="Outline", exact=True).click()
    expect(page.get_by_role("region", name="Outlines found")).to_contain_text(re.compile(r"score \d\.\d\d"))


def test_outlines_in_a_zip_of_dicom_are_downloaded_as_a_segmentation_of_its_series(
    look: Any, address: str, tmp_path: Path
) -> None:
    highdicom = pytest.importorskip("highdicom")
    scanner, uid = Scanner(tmp_path / "scan"), "1.2.826.0.1.3680043.8.498.4711"
    values = np.random.default_rng(0).integers(0, 900, (4, 32, 48), np.uint16)
    headers = [
        scanner.slice(f"{k}.dcm", plane, z=3.0 * k, series=uid, number=k, SeriesDescription="T2 FLAIR")
        for k, plane in enumerate(values)
    ]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(scanner.folder.iterdir()):
            archive.write(file, file.name)
    page = look(f"{address}/segment")
    page.get_by_label("Images of your own").set_input_files(
        {"name": "visit.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("visit.zip")
    page.get_by_role("textbox", name="Sentence").fill("Segment the bright lesion.")
    page.get_by_role("button", name="Outline", exact=True).click()
    found = page.get_by_role("region", name="Outlines found")
    expect(found.get_by_role("link", name="NIfTI")).to_be_visible()
    with page.expect_download() as told:
        found.get_by_role("button", name="DICOM-SEG").click()
    told.value.save_as(tmp_path / "mask.dcm")
    read = highdicom.seg.segread(tmp_path / "mask.dcm")
    assert read.StudyInstanceUID == scanner.study
    assert [one.SegmentLabel for one in read.SegmentSequence] == ["Segment the bright lesion."]
    referred = {one for frame in read.get_source_image_uids() for one in frame}
    assert referred & {one.SOPInstanceUID for one in headers}
