"""Corrections in Chromium: a mask painted by hand, words and values written anew, and what is kept of them."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.corpus import Corpus

pytestmark = pytest.mark.slow
expect = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra dev").expect


@pytest.fixture(scope="module")
def copied(made: Any, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A copy of the corpus, to be written to."""
    folder = tmp_path_factory.mktemp("corrected") / "corpus"
    shutil.copytree(made[0].path, folder)
    return Corpus.open(folder)


@pytest.fixture(scope="module")
def writable(copied: Corpus, serve_corpus: Any) -> Iterator[str]:
    """A server over the copy."""
    with serve_corpus(copied) as address:
        yield address


@pytest.fixture(scope="module")
def case(copied: Corpus) -> Any:
    """A visit with a lesion."""
    return next(case for case in copied if case.images and (lesion := case.masks.get("lesion")) and lesion.marked)


def _stored(copied: Corpus, case: Any) -> Any:
    return Corpus.open(copied.path)[case.id]


def _marked(path: Path) -> np.ndarray:
    """Voxels of a mask, axial slices last."""
    import nibabel as nib

    return np.asarray(nib.as_closest_canonical(nib.load(path)).dataobj) > 0


def _saved(page: Any) -> None:
    expect(page.get_by_role("status", name="Saved")).to_contain_text("is saved")


def test_a_mask_is_painted_taken_back_and_saved(look: Any, writable: str, copied: Corpus, case: Any, made: Any) -> None:
    page = look(f"{writable}/correct/{case.id}")
    expect(page.locator(".pane-film .corners").first).to_be_attached()
    page.get_by_role("button", name="Edit lesion").click()
    marked = page.get_by_role("status", name="Marked")
    before = int(marked.text_content())
    assert before == case.masks["lesion"].marked
    box = page.locator(".pane-film[data-index]").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6, steps=5)
    page.mouse.up()
    expect(marked).not_to_have_text(str(before))
    painted = int(marked.text_content())
    assert painted > before
    page.keyboard.press("z")
    expect(marked).to_have_text(str(before))
    page.keyboard.press("e")
    page.keyboard.press("d")  # the eraser at the crosshair, which stands in the lesion
    expect(marked).not_to_have_text(str(before))
    left = int(marked.text_content())
    assert left < before
    page.get_by_role("button", name="Save mask").click()
    _saved(page)
    stored = _stored(copied, case).masks["lesion"]
    assert stored.marked == left
    was, now = (_marked(path) for path in (made[0].object_path(case.masks["lesion"]), copied.object_path(stored)))
    changed = np.argwhere(was != now)
    assert len(changed) == before - left
    assert np.ptp(changed[:, 2]) == 0  # no slice but the one that was shown
    expect(page.get_by_role("region", name="Corrections")).to_contain_text("mask lesion")


def test_a_new_mask_lies_where_it_was_painted(look: Any, writable: str, copied: Corpus, case: Any) -> None:
    """On the patient's right, which is on the left of the picture."""
    import nibabel as nib

    page = look(f"{writable}/correct/{case.id}")
    film = page.locator(".pane-film[data-index]").first
    expect(film.locator(".corners")).to_be_attached()
    page.get_by_role("textbox", name="New structure").fill("cyst")
    page.get_by_role("button", name="New mask").click()
    film.click(position={"x": film.bounding_box()["width"] * 0.3, "y": film.bounding_box()["height"] * 0.5})
    page.get_by_role("button", name="Save mask").click()
    _saved(page)
    cyst = _stored(copied, case).masks["cyst"]
    file = nib.load(copied.object_path(cyst))
    voxels = np.argwhere(file.get_fdata() > 0)
    x, _, _ = nib.affines.apply_affine(file.affine, voxels.mean(axis=0))
    middle, _, _ = nib.affines.apply_affine(file.affine, (np.array(file.shape) - 1) / 2)
    assert len(voxels) == cyst.marked > 0
    assert x > middle + 10  # millimetres, RAS


def test_a_caption_is_written_anew_and_stands_in_the_history(
    look: Any, writable: str, copied: Corpus, case: Any
) -> None:
    page = look(f"{writable}/correct/{case.id}")
    texts = page.get_by_role("region", name="Texts")
    texts.get_by_role("button", name=re.compile("^Edit")).first.click()
    texts.get_by_role("textbox").fill("Nothing <b>wrong</b> is seen.")
    texts.get_by_role("button", name="Save").click()
    _saved(page)
    expect(texts).to_contain_text("Nothing <b>wrong</b> is seen.")  # as text, not as HTML
    expect(page.get_by_role("region", name="Corrections")).to_contain_text("Nothing <b>wrong</b> is seen.")
    stored = _stored(copied, case).texts[0]
    assert (stored.text, stored.author) == ("Nothing <b>wrong</b> is seen.", "human")


def test_an_answer_and_an_attribute_are_corrected(look: Any, writable: str, copied: Corpus, case: Any) -> None:
    page = look(f"{writable}/correct/{case.id}")
    answers = page.get_by_role("region", name="Answers")
    answers.get_by_role("button", name=re.compile("^Edit")).first.click()
    answers.get_by_role("textbox").fill("It cannot be told")
    answers.get_by_role("button", name="Save").click()
    _saved(page)
    form = page.get_by_role("region", name="Attributes")
    form.get_by_role("combobox", name="Attribute").fill("age")
    form.get_by_role("textbox", name=re.compile("Value")).fill("33")
    form.get_by_role("button", name="Save attribute").click()
    expect(page.get_by_role("status", name="Saved")).to_contain_text("attribute is saved")
    stored = _stored(copied, case)
    assert stored.turns[0].answer == "It cannot be told"
    assert stored.attributes["age"] == 33


def test_what_cannot_be_saved_says_why(look: Any, writable: str, case: Any) -> None:
    page = look(f"{writable}/correct/{case.id}")
    form = page.get_by_role("region", name="Attributes")
    form.get_by_role("combobox", name="Attribute").fill("age")
    form.get_by_role("textbox", name=re.compile("Value")).fill("old")
    form.get_by_role("button", name="Save attribute").click()
    expect(page.get_by_role("alert")).to_contain_text("must be a number")


def test_the_queue_leads_to_cases(look: Any, writable: str) -> None:
    page = look(f"{writable}/correct")
    expect(page.get_by_text("Nothing waits")).to_be_visible()
    first = page.get_by_role("listitem").get_by_role("link").first
    name = first.text_content()
    first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
