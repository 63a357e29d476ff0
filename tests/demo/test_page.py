"""The page of a demo: its tables and tiles come from the reports alone."""

import pytest

from lexiscope.core import Case, Image, Provenance
from lexiscope.demo.page import gallery, outline_tables, tables, task_tables, tiles
from lexiscope.demo.questions import Question
from lexiscope.evaluate.report.report import Report
from lexiscope.evaluate.search.agreement import Agreement
from lexiscope.evaluate.statistics import Estimate
from lexiscope.testing import make_corpus

_RECALL = {"recall@10": Estimate(0.75, 0.5, 1.0, 0.25, n=40, groups=8)}
_SEARCH = Report("search", "test", 40, 40, 8, {"text_to_image": _RECALL, "image_to_text": _RECALL})


def _case(number: int, *modalities: str) -> Case:
    images = {name: Image("0" * 64, name, "nifti", (2, 8, 8)) for name in modalities}
    return Case(f"case-{number}", f"group-{number // 2}", Provenance("testing"), images=images)


def test_tables_hold_both_directions_and_the_agreement() -> None:
    agreement = Agreement("test", 40, 5, {"same side": Estimate(0.6, 0.5, 0.7, 0.5)})
    words, pictures, meaning = tables(_SEARCH, agreement)
    assert [row.metric for row in words.rows] == [row.metric for row in pictures.rows] == ["recall@10"]
    assert words.note == "The one right case; 40 cases of 8 groups, split test."
    assert meaning.note.startswith("Of the first 5 cases of other groups")
    assert len(tables(_SEARCH, None)) == 2


def test_classes_and_answers_stand_beside_what_needs_no_image() -> None:
    accuracy = {"probe_balanced_accuracy": Estimate(0.9, 0.8, 1.0, 0.5)}
    majority = {"majority": {"probe_balanced_accuracy": Estimate(0.5, 0.5, 0.5, 0.5)}}
    classes = Report("classify", "test", 9, 9, 5, accuracy, baselines=majority, sections={"attribute": "grade"})
    match = {"exact_match": Estimate(0.7, 0.6, 0.8, 0.2)}
    alone = {"question_only": {"exact_match": Estimate(0.4, 0.3, 0.5, 0.2)}}
    answers = Report("answer", "test", 80, 20, 5, match, baselines=alone, verdicts=("It is better.",))
    telling, answering = task_tables(classes, answers)
    assert telling.note == "grade, 9 cases; always the commonest: 0.50."
    assert answering.note == "80 questions; from the question alone 0.40 match. It is better."
    assert task_tables(None, None) == ()


def test_tiles_count_what_was_never_acquired() -> None:
    cases = [_case(0, "t1w", "flair"), _case(1, "t1w"), _case(2, "t1w"), _case(3, "t1w", "flair")]
    shown = {tile.label: tile.value for tile in tiles(cases, _SEARCH, seconds=90)}
    assert shown["cases of 2 groups"] == "4"
    assert shown["of the images were never acquired"] == "25%"
    assert shown["found in the first 10 by words; chance 25%"] == "75%"
    assert shown["from start to this page, on this machine"] == "1.5 min"


def test_a_gallery_says_how_often_a_guess_would_be_right(tmp_path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 12)
    cases = list(corpus)
    colour = cases[0].attributes["colour"]
    shown = gallery(Question("a thing", {"colour": colour}), [(cases[0], 0.5)], searched=cases, corpus=corpus)
    assert shown.right == 1
    assert shown.chance == pytest.approx(sum(case.attributes["colour"] == colour for case in cases) / 12)
    target = gallery(Question("a text", target="elsewhere"), [(cases[0], 0.5)], searched=cases, corpus=corpus)
    assert target.right == 0
    assert target.shown[0].checks[0].name == "another text"


def test_outlines_stand_beside_another_sentence_and_fewer_images() -> None:
    dsc = Estimate(0.8, 0.7, 0.9, 0.1)
    metrics = {"lesion": {"dsc": dsc}, "mean_dsc": dsc, "absent_false_positive_rate": Estimate(0.2, 0.1, 0.3, 1.0)}
    other = {"other_sentence": {"mean_dsc": Estimate(0.3, 0.2, 0.4, 0.1)}}
    sections = {"unit": "mm", "without": {"flair": Estimate(0.6, 0.5, 0.7, 0.1)}}
    named, left_out = outline_tables(Report("segment", "test", 9, 9, 5, metrics, baselines=other, sections=sections))
    assert [row.metric for row in named.rows] == ["lesion, dsc", "mean dsc", "absent false positive rate"]
    assert "Asked for another structure: 0.30." in named.note
    assert [(row.metric, row.estimate.value) for row in left_out.rows] == [
        ("with every image, dsc", 0.8),
        ("without flair, dsc", 0.6),
    ]
    assert outline_tables(None) == ()
