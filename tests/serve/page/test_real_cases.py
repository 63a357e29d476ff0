"""Real scans in Chromium: found by words, opened, and turned over slice by slice."""

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest

from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.sources.scans.nifti.source import NiftiSource
from lexiscope.tasks.search.indexing import index_corpus
from lexiscope.testing.speaking import tiny_model

pytestmark = [pytest.mark.shared, pytest.mark.slow]
expect = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra dev").expect

_CASES = 5


def _some_cases(scans: Path, folder: Path) -> Corpus:
    """A corpus of the first few cases of a folder of scans with a table."""
    with (scans / "cases.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))[:_CASES]
    with (folder / "cases.csv").open("w", newline="") as table:
        writer = csv.DictWriter(table, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        shutil.copytree(scans / "cases" / row["case"], folder / "cases" / row["case"])
    build_corpus(folder / "corpus", NiftiSource(folder / "cases", table=folder / "cases.csv"))
    return Corpus.open(folder / "corpus")


def test_a_scan_is_found_by_words_and_every_sequence_of_it_is_seen(
    look: Any, start_server: Any, shared: Path, tmp_path: Path
) -> None:
    corpus = _some_cases(shared / "lgg_mri", tmp_path)
    case = next(case for case in corpus if len(case.images) > 1)
    model = tiny_model(corpus, tmp_path / "model", split=case.split)  # untrained: exact words find it
    index_corpus(model.path, corpus.path)
    with start_server(str(model.path), "--corpus", str(corpus.path)) as address:
        page = look(address)
        page.get_by_role("searchbox").fill(case.texts[0].text)
        page.keyboard.press("Enter")
        expect(page.locator("article").first).to_contain_text("exact words")
        page.get_by_role("link", name=case.id, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(case.id)
        for name, image in case.images.items():
            pane = page.get_by_role("figure", name=name, exact=True)
            expect(pane.locator("canvas.webgl")).to_have_count(1)
            expect(pane.locator(".letter")).to_have_text(["R", "L", "A", "P"])
            expect(pane.locator(".corner.at-start")).to_contain_text(f"/{image.shape[0]}")
        films = page.locator(".pane-film[data-index]")
        before = [int(film.get_attribute("data-index")) for film in films.all()]
        films.first.hover()
        page.mouse.wheel(0, 100)
        for film, index in zip(films.all(), before, strict=True):
            expect(film).to_have_attribute("data-index", str(index + 1))
