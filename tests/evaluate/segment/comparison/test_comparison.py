"""Differences of trainings, paired and said only where intervals support them; the page that is made of them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lexiscope.core.errors import EvaluationError
from lexiscope.evaluate.segment.comparison.effects import effects, score, sentence_effects, summary
from lexiscope.evaluate.segment.comparison.page import comparison_page, figure_of, page_name, write_page
from lexiscope.evaluate.segment.comparison.results import ALL, OURS, Cell, CellResult, Comparison

_CASES = 12
_ROOT = Path(__file__).resolve().parents[4]


def _result(cell: Cell, dsc: float, *, validation: float = 0.5, **runs: float) -> CellResult:
    """A training whose cases score `dsc` plus what is the case's own."""
    own = np.linspace(-0.1, 0.1, _CASES)
    named = {ALL: dsc, **{name.replace("_", " "): value for name, value in runs.items()}}
    tables = {run: {"tumour": list(np.round(value + own, 4))} for run, value in named.items()}
    return CellResult(cell, tables, validation, {"steps": 10, "processor_seconds": 2.0, "trainable": 5, "total": 9})


def _comparison(*results: CellResult) -> Comparison:
    cases = [f"case-{number}" for number in range(_CASES)]
    about = {
        "corpus": "a|b",
        "version": "0",
        "split": "test",
        "trained": 9,
        "modalities": "t1",
        "structures": "tumour",
        "budget": "10 steps",
        "command": "python bench/segmentation.py x",
        "versions": {},
    }
    return Comparison(about, cases, [f"group-{number}" for number in range(_CASES)], results)


def _grid() -> list[CellResult]:
    """Late is better by 0.1, names by 0.02 in one case and worse in another, ViT like the CNN."""
    late = _result(Cell(OURS, "label-name", "late", "cnn"), 0.7, validation=0.8, without_t1=0.5)
    return [
        late,
        _result(Cell(OURS, "none", "late", "cnn"), 0.7, without_t1=0.5),
        _result(Cell(OURS, "label-name", "early", "cnn"), 0.6, without_t1=0.1),
        _result(Cell(OURS, "label-name", "late", "vit"), 0.7, without_t1=0.5),
        _result(Cell("DynUNet", "", "early", "cnn"), 0.65, without_t1=0.2),
    ]


def test_trainings_that_differ_in_one_thing_are_compared_and_no_others():
    found = {(one.one, one.other, one.run): one for one in effects(_comparison(*_grid()))}
    assert found.keys() == {
        ("label-name", "none", ALL),
        ("late", "early", ALL),
        ("late", "early", "without t1"),
        ("vit", "cnn", ALL),
        ("vit", "cnn", "without t1"),
        ("ours (label-name, late, cnn)", "DynUNet, early, cnn", ALL),
        ("ours (label-name, late, cnn)", "DynUNet, early, cnn", "without t1"),
    }
    late = found["late", "early", ALL].difference
    assert (late.value, late.low, late.high) == (pytest.approx(0.1), pytest.approx(0.1), pytest.approx(0.1))
    assert found["late", "early", "without t1"].difference.value == pytest.approx(0.4)


def test_a_difference_is_told_only_where_its_interval_leaves_out_zero_and_every_training_agrees():
    once = summary(effects(_comparison(*_grid())))
    assert "late scored higher than early in 1 of 1 pair of trainings, which another seed may turn round" in once
    assert "there is no clear difference between label-name and no text" in once
    thrice = [replace(one, cell=replace(one.cell, seed=seed)) for seed in range(3) for one in _grid()]
    assert "late did better than early" in summary(effects(_comparison(*thrice)))
    for place in (7, 12):  # early fusion of two seeds, now far better
        thrice[place].dsc[ALL]["tumour"][:] = [value + 0.5 for value in thrice[place].dsc[ALL]["tumour"]]
    assert "late scored lower than early in 2 of 3 pairs" in summary(effects(_comparison(*thrice)))


def test_too_few_groups_say_nothing():
    few = replace(_comparison(*_grid()), groups=["a", "b", "c"] * 4)
    assert "scored" not in summary(effects(few))


def test_seeds_are_averaged_and_paired_by_seed():
    late = [_result(Cell(OURS, "label-name", "late", "cnn", seed), 0.7 + 0.1 * seed) for seed in (0, 1)]
    early = [_result(Cell(OURS, "label-name", "early", "cnn", seed), 0.6) for seed in (0, 1, 2)]
    comparison = _comparison(*late, *early)
    (only,) = effects(comparison)
    assert (only.pairs, only.difference.value) == (2, pytest.approx(0.15))
    assert score(comparison, late).value == pytest.approx(0.75)
    assert "so in 2 of 2 pairs" in only.sentence


def test_what_stands_against_baselines_is_chosen_by_validation():
    results = _grid()
    results[3] = replace(results[3], validation=0.9)
    named = {one.one for one in effects(_comparison(*results)) if one.other.startswith("DynUNet")}
    assert named == {"ours (label-name, late, vit)"}


def test_other_words_are_compared_with_the_name_on_the_trainings_that_were_asked_both():
    probed = _result(Cell(OURS, "label-name", "late", "cnn"), 0.7)
    table = {**probed.dsc, "sentence label-name": probed.dsc[ALL], "sentence none": {"tumour": [0.1] * _CASES}}
    found = sentence_effects(_comparison(replace(probed, dsc=table), *_grid()[1:]))
    assert [row[:2] for row in found] == [(probed.cell.name, "label-name"), (probed.cell.name, "none")]
    assert found[1][3].value == pytest.approx(-0.6)


def test_a_comparison_is_read_as_it_was_written_and_anything_else_is_refused():
    comparison = _comparison(*_grid())
    written = json.loads(json.dumps(comparison.to_dict()))
    assert json.loads(json.dumps(Comparison.from_dict(written).to_dict())) == written
    with pytest.raises(EvaluationError, match=r"expected the JSON that bench/segmentation\.py writes"):
        Comparison.from_dict({"results": [{}]})


def test_the_page_holds_every_training_with_its_cost():
    page = comparison_page(_comparison(*_grid()))
    assert "| label-name, late, cnn | 1 | 0.700 (" in page
    assert "| DynUNet, early, cnn | 1 | 0.650 (" in page
    assert "a\\|b, version" in page  # names of strangers stay text
    assert "asked in other words" not in page


def test_the_figure_has_a_row_for_every_training_and_two_points_in_each():
    svg = figure_of(_comparison(*_grid()))
    assert svg.count("<circle") == 2 * len(_grid()) + 2  # and the legend
    assert "without t1" in svg


@pytest.mark.slow
@pytest.mark.parametrize("kept", ["segmentation.json", "segmentation-crossed.json"])
def test_the_page_in_the_docs_is_that_of_the_results(kept, tmp_path):
    results = _ROOT / "bench" / "results" / kept
    write_page(results, tmp_path)
    again = f"python -m lexiscope.evaluate.segment.comparison.page bench/results/{kept} docs/reference"
    stem = page_name(Comparison.from_dict(json.loads(results.read_text())))
    assert stem.endswith("-crossed") == ("crossed" in kept)
    for name in (f"{stem}.md", f"{stem}.svg"):
        written = (_ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
        assert written == (tmp_path / name).read_text(encoding="utf-8"), f"write it again: {again}"
    assert Comparison.from_dict(json.loads(results.read_text())).results
