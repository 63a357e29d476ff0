"""Simulated papers on glass: reproducible one by one, read as any article is, and one truth in pictures and words."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.language.text.lexicon import Lexicon
from lexiscope.language.text.reading import CaseReading
from lexiscope.simulate.glass import write_glass_papers
from lexiscope.simulate.glass.papers import TRUTH
from lexiscope.simulate.glass.plan import DEFECTS, plan_paper
from lexiscope.sources.draft import Draft
from lexiscope.sources.papers.jats import JatsSource

READ_AS = dict(zip(DEFECTS, ("bubble", "crack", "crystal", "phase separation"), strict=True))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("glass")
    write_glass_papers(folder, papers=4, seed=3)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.glob("*/*")}


def truths(folder: Path) -> dict[str, dict]:
    files = [json.loads(file.read_text()) for file in sorted(folder.glob(f"*/{TRUTH}"))]
    return {f"{paper['id']}-{figure['id']}": figure for paper in files for figure in paper["figures"]}


def drafts(folder: Path) -> list[Draft]:
    return [draft for draft in JatsSource(folder).drafts() if isinstance(draft, Draft)]


@pytest.mark.slow
def test_a_paper_is_the_same_whatever_the_number_of_papers(library, tmp_path):
    write_glass_papers(tmp_path, papers=2, seed=3)
    few, many = contents(tmp_path), contents(library)
    assert few
    assert few.items() <= many.items()
    assert plan_paper(1, seed=3) != plan_paper(1, seed=4)


def test_a_run_that_was_stopped_makes_what_is_missing_and_nothing_else(library, tmp_path):
    shutil.copytree(library, tmp_path, dirs_exist_ok=True)
    lost, kept = sorted(tmp_path.glob("glass-*"))[:2]
    shutil.rmtree(lost)
    (tmp_path / f".{lost.name}.part").mkdir()
    (kept / "mark").touch()
    assert write_glass_papers(tmp_path, papers=4, seed=3).written == 1
    assert (kept / "mark").exists()
    (kept / "mark").unlink()
    assert contents(tmp_path) == contents(library)
    assert not list(tmp_path.glob(".*"))


def test_the_papers_are_read_as_articles(library):
    found = drafts(library)
    assert JatsSource.detect(library)
    assert {draft.id for draft in found} == truths(library).keys()
    assert {draft.group for draft in found} == {paper.name for paper in library.glob("glass-*")}
    assert {draft.provenance.licence for draft in found} == {"CC0 1.0"}
    for draft in found:
        kinds = [text.kind for text in draft.texts]
        assert kinds[0] == "caption"
        assert 2 <= kinds.count("mention") <= 4  # one names all figures of the paper
        with Pillow.open(draft.images["figure"].origin) as picture:
            assert (picture.size, picture.mode) == ((384, 320), "L")


def test_every_defect_is_said_to_be_there_or_not_and_truly(library):
    known, lexicon = truths(library), Lexicon.load()
    for draft in drafts(library):
        case = Case(draft.id, draft.group, draft.provenance, texts=draft.texts)
        said = {concept.name: found for concept, found in CaseReading(case, lexicon).presences.items()}
        for name, concept in READ_AS.items():
            present = known[draft.id]["defects"][name] is not None
            assert {one.present for one in said[concept]} == {present}, (draft.id, name)


def test_how_a_glass_was_made_is_said_apart_from_what_is_seen(library):
    lexicon = Lexicon.load()
    for draft in drafts(library):
        sentences = [part for text in draft.texts for part in text.text.split(". ")]
        making = [part for part in sentences if any(unit in part for unit in ("K/min", "°C", "fined"))]
        assert len(making) >= 3
        assert not any(stated.concept.name in READ_AS.values() for part in making for stated in lexicon.read(part))


def test_conditions_and_defects_belong_together_but_not_for_certain():
    figures = [figure for index in range(300) for figure in plan_paper(index, seed=0).figures]
    for name in DEFECTS:
        present = np.array([name in figure.defects for figure in figures])
        favoured = np.array([figure.conditions.favours[name] for figure in figures])
        assert 0.38 < present.mean() < 0.5
        assert 0.72 < present[favoured].mean() < 0.9
        assert 0.05 < present[~favoured].mean() < 0.2
    assert max(len(figure.defects) for figure in figures) == 3
    assert any(not figure.defects for figure in figures)


def test_the_bar_is_as_long_as_the_truth_says(library):
    for paper in sorted(library.glob("glass-*")):
        for figure in json.loads((paper / TRUTH).read_text())["figures"]:
            pixels = np.asarray(Pillow.open(paper / figure["image"])).astype(int)
            left, top, right, bottom = figure["scale_bar"]["box"]
            assert (right - left) * figure["nm_per_px"] == pytest.approx(figure["scale_bar"]["nm"])
            middle = int((top + bottom) / 2)
            inside = pixels[middle, int(left) + 2 : int(right) - 1]
            assert inside.size
            assert set(np.unique(inside)) in ({0}, {255})


@pytest.mark.slow
def test_brightness_does_not_tell_what_is_there():
    from lexiscope.simulate.glass.micrograph import render_micrograph

    bright, present = [], []
    for index in range(14):
        paper = plan_paper(index, seed=1)
        for figure in paper.figures[:2]:
            bright.append(render_micrograph(figure, rng=paper.rng(1, figure.number)).pixels.mean())
            present.append(bool(figure.defects))
    bright, present = np.array(bright), np.array(present)
    assert abs(bright[present].mean() - bright[~present].mean()) < bright.std()


@pytest.mark.parametrize(("papers", "seed"), [(0, 0), (1, -1)])
def test_impossible_numbers_are_refused(tmp_path, papers, seed):
    with pytest.raises(UsageError, match="need papers >= 1 and seed >= 0"):
        write_glass_papers(tmp_path, papers=papers, seed=seed)
