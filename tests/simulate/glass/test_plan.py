"""Plans follow from seed and number alone, and conditions favour the defects that they should."""

from dataclasses import replace

import pytest

from lexiscope.simulate.glass.plan import BUBBLES, CRACKS, CRYSTALS, PHASES, plan_paper

CALM = {"fining_h": 6, "cooling": 5, "hold_h": 1, "below_k": 120, "miscible": True}


@pytest.fixture(scope="module")
def papers():
    return [plan_paper(index, seed=3) for index in range(60)]


def test_a_paper_has_three_to_six_figures_numbered_from_one(papers):
    assert {len(paper.figures) for paper in papers} == {3, 4, 5, 6}
    for paper in papers:
        assert [figure.number for figure in paper.figures] == list(range(1, len(paper.figures) + 1))


def test_a_bar_fits_into_the_picture(papers):
    for paper in papers:
        for figure in paper.figures:
            assert 42 <= figure.bar_nm / figure.nm_per_px <= 150


@pytest.mark.parametrize(
    ("changed", "favoured"),
    [
        ({}, set()),
        ({"fining_h": 0.5}, {BUBBLES}),
        ({"cooling": 300}, {CRACKS}),
        ({"hold_h": 24, "below_k": 10}, {CRYSTALS}),
        ({"hold_h": 24}, set()),  # long, but far from the peak
        ({"below_k": 10}, set()),  # near the peak, but short
        ({"miscible": False}, {PHASES}),
    ],
)
def test_conditions_favour_defects(papers, changed, favoured):
    conditions = replace(papers[0].figures[0].conditions, **{**CALM, **changed})
    assert {name for name, likely in conditions.favours.items() if likely} == favoured


def test_each_purpose_has_a_random_generator_of_its_own(papers):
    paper = papers[0]
    draws = [paper.rng(purpose, figure).random() for purpose in (1, 2) for figure in (0, 1)]
    assert len(set(draws)) == 4
    assert paper.rng(1, 1).random() == draws[1]
    assert papers[1].rng(1, 1).random() != draws[1]
