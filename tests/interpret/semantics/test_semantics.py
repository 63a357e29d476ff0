"""The method `semantics` on a model whose units are known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from lexiscope.core.errors import UsageError
from lexiscope.interpret.charts import Gallery, Lines
from lexiscope.interpret.semantics.dissect import dissect
from lexiscope.interpret.semantics.semantics import semantics
from lexiscope.interpret.semantics.units import detectors_of
from lexiscope.testing.interpretables import PlantedSubject
from lexiscope.testing.planted_units import DEAD, ROUND, SQUARE, PlantedUnits, planted_cases


def values(result: Any, measure: str) -> dict[tuple[str, str], Any]:
    return {(row["branch"], row["of"]): row["value"] for row in result.rows if row["measure"] == measure}


def test_planted_detectors_are_found_and_no_others() -> None:
    found = {one.place[0]: detectors_of(one) for one in dissect(PlantedUnits(), planted_cases())}
    assert found == {"colour": {ROUND: "round", SQUARE: "square"}, "depth": {ROUND: "round"}}


def test_the_units_are_classed_and_what_the_task_loses_is_told() -> None:
    result = semantics(PlantedUnits(), planted_cases())
    units = values(result, "units")
    assert units["colour", "consistent"].value == 1
    assert units["colour", "special"].value == 1
    assert units["depth", "special"].value == 0
    assert units["depth", "dead"].value == 1
    drops = values(result, "drop")
    assert drops["all modalities", "1 special units"].value == pytest.approx(0.6)
    assert drops["all modalities", "2 dead units"].value == 0
    beyond = values(result, "drop beyond random units")
    assert beyond["all modalities", "1 special units"].low > 0
    assert any(finding.startswith("Without the 1 special units of last") for finding in result.findings)
    assert not any("dead" in finding or "consistent units" in finding for finding in result.findings)


def test_detectors_are_told_with_what_chance_gives() -> None:
    result = semantics(PlantedUnits(), planted_cases())
    iou = values(result, "IoU")
    assert iou["colour", f"unit {SQUARE}: square"].low > 3 * iou["colour", f"unit {SQUARE}: square"].chance
    assert any(f"Unit {ROUND} of depth, last, responds where round is" in finding for finding in result.findings)
    assert values(result, "detectors")["colour", "all concepts"].value == 2
    (gallery,) = [chart for chart in result.charts if isinstance(chart, Gallery)]
    assert len(gallery.pictures) == len(gallery.overlays) == 9  # three detectors, three images each
    assert gallery.pictures[0][1].shape == gallery.overlays[0].shape == (24, 24)


def test_what_one_modality_alone_sees_is_its_speciality() -> None:
    result = semantics(PlantedUnits(), planted_cases())
    special = values(result, "speciality")
    profile = values(result, "profile")
    assert special["colour", "profile"].low > 0.1
    assert profile["depth", "round"].low > 0.8
    assert values(result, "variance")["all modalities", "profiles"].low > 0.02
    (chart,) = [chart for chart in result.charts if chart.title == "What each modality alone responds to"]
    assert list(chart.lines) == ["colour = depth"]  # of two, each has as much that the other has not
    assert values(result, "consistency")["all modalities", "profiles"].high < 0.5  # one half where they agree
    assert "own definition" in " ".join(result.formula)


def test_of_a_single_concept_nothing_is_said_that_could_not_be_otherwise() -> None:
    class Rounds(PlantedUnits):
        def concepts(self, cases, grid):
            return {"round": super().concepts(cases, grid)["round"]}

    result = semantics(Rounds(), planted_cases())
    assert not {"consistency", "speciality", "variance"} & {row["measure"] for row in result.rows}
    assert not [chart for chart in result.charts if isinstance(chart, Lines)]
    assert result.cannot_tell.endswith("profiles are left out.")
    assert not semantics(PlantedUnits(), planted_cases()).cannot_tell.endswith("profiles are left out.")


def test_units_that_overlap_with_nothing_have_no_profile() -> None:
    class Nowhere(PlantedUnits):
        def concepts(self, cases, grid):
            return {name: np.zeros_like(share) for name, share in super().concepts(cases, grid).items()}

    result = semantics(Nowhere(), planted_cases())
    assert not {"profile", "consistency", "speciality", "variance"} & {row["measure"] for row in result.rows}
    assert not result.findings


def test_cases_in_which_nobody_looked_count_for_nothing() -> None:
    whole, part = (
        next(one for one in dissect(PlantedUnits(missing), planted_cases()) if one.place[0] == "colour")
        for missing in ((), range(24))
    )
    assert whole.concepts == ("round", "square")
    assert part.concepts == ("round",)
    assert part.iou()[:, 0].tolist() == whole.iou()[:, 0].tolist()


def test_the_same_seed_gives_the_same_numbers_and_another_other_shuffles() -> None:
    one, again, other = (semantics(PlantedUnits(), planted_cases(8), seed=seed).to_json() for seed in (0, 0, 1))
    assert one == again != other


def test_units_that_never_change_are_dead_and_detect_nothing() -> None:
    for one in dissect(PlantedUnits(), planted_cases()):
        assert one.constant.nonzero()[0].tolist() == [DEAD]
        assert one.iou()[DEAD].max() == 0


def test_cases_without_a_branch_are_left_out_of_it() -> None:
    class Half(PlantedUnits):
        def levels(self, cases: Any) -> Any:
            branches = super().levels(cases)
            here = torch.tensor([row % 4 < 2 for row in cases.items])
            return {**branches, "depth": [replace(level, present=here) for level in branches["depth"]]}

    found = {one.place[0]: one for one in dissect(Half(), planted_cases())}
    assert (found["colour"].cases, found["depth"].cases) == (24, 12)
    assert set(found["depth"].top[ROUND].tolist()) <= {row for row in range(24) if row % 4 < 2}


def test_units_are_silenced_where_most_detectors_are() -> None:
    class Deeper(PlantedUnits):
        def levels(self, cases: Any) -> Any:
            noise = torch.randn(len(cases), 144, 6, generator=torch.Generator().manual_seed(cases.items[0]))
            return {
                branch: [*levels, replace(levels[0], name="later", values=noise)]
                for branch, levels in super().levels(cases).items()
            }

    drops = [row for row in semantics(Deeper(), planted_cases()).rows if row["measure"] == "drop"]
    assert drops
    assert {row["level"] for row in drops} == {"last"}


def test_a_level_that_is_not_there_cannot_be_silenced() -> None:
    with pytest.raises(UsageError, match="expected a level of the modalities \\(last\\), got 'first'"):
        semantics(PlantedUnits(), planted_cases(8), ablate="first")


def test_a_model_without_masks_and_words_is_told_what_to_do() -> None:
    subject = PlantedSubject()
    with pytest.raises(UsageError, match="masks or with a joint space of images and words, got 'planted' with neither"):
        semantics(subject, subject.cases(8))


def test_cases_in_which_nobody_looked_for_anything_are_refused() -> None:
    class Nothing(PlantedUnits):
        def concepts(self, cases: Any, grid: Any) -> Any:
            return {"round": np.full((len(cases), 144), np.nan)}

    with pytest.raises(UsageError, match="nobody looked for anything in these"):
        semantics(Nothing(), planted_cases(8))
