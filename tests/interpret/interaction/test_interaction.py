from dataclasses import dataclass, replace

import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.interpret.interaction import interaction
from lexiscope.interpret.interaction.discretise import discretise
from lexiscope.interpret.interaction.null import measured_parts
from lexiscope.interpret.interaction.pid import PidSolver, joint_table
from lexiscope.interpret.subject import Outcome
from lexiscope.testing.interpretables import PlantedSubject, shuffled

FAST = {"estimators": ["clusters"], "permutations": 20, "resamples": 20, "paired": 24}


def value(result, between, quantity, about="label", by="PID, clusters"):
    (row,) = [
        row
        for row in result.rows
        if (row["between"], row["quantity"], row["about"], row["by"]) == (between, quantity, about, by)
    ]
    return row["value"]


def result_of(rule, *, inputs=("a", "b"), n=160, **keywords):
    subject = PlantedSubject(inputs=inputs, rule=rule)
    return interaction(subject, subject.cases(n), **FAST | keywords)


def test_a_planted_xor_is_synergy_in_every_way_of_looking():
    result = result_of("xor")
    score = PlantedSubject().score
    assert value(result, "a + b", "synergy").low > 0.5
    assert value(result, "a + b", "redundancy").value < 0.1
    assert value(result, "all inputs", "InterSHAP", score, "InterSHAP").low > 0.75
    assert value(result, "a + b", "interaction", score, "InterSHAP").low > 0.3
    assert value(result, "a + all others", "gap to an additive model", "accuracy", "EMAP").low > 0
    assert value(result, "a + b", "agreement", "label and answers").value > 0.5
    assert any("a and b together tell about the label what neither tells alone" in said for said in result.findings)
    assert any("The model needs a and b together" in said for said in result.findings)


@dataclass(frozen=True)
class Guessing(PlantedSubject):
    """Right half of the time knowing nothing, and with some inputs 0.3 of it and what each of them adds."""

    inputs: tuple[str, ...] = ("a", "b", "c")
    gains: tuple[float, ...] = (0.1, 0.1, 0.1)
    together: float = 0.0  # added where a and b are kept

    def outcomes(self, cases, coalitions):
        gains = dict(zip(self.inputs, self.gains, strict=True))
        scores = [
            0.3 + sum(gains[name] for name in one.kept) + self.together * ({"a", "b"} <= one.kept) if one.kept else 0.5
            for one in coalitions
        ]
        return [Outcome(np.full(len(cases), score)) for score in scores]


def test_that_knowing_nothing_is_better_than_one_input_alone_is_no_need_of_pairs():
    plain, needing = Guessing(), Guessing(together=0.2)
    silent = interaction(plain, plain.cases(16), **FAST)
    assert value(silent, "a + c", "interaction", plain.score, "InterSHAP").low == pytest.approx(0.1), "0.2 over two"
    assert silent.findings == []
    spoken = interaction(needing, needing.cases(16), **FAST)
    (sentence,) = [said for said in spoken.findings if "The model needs" in said]
    assert sentence.startswith("The model needs a and b together")


def test_a_pair_of_which_one_alone_is_worse_than_knowing_nothing_is_not_needed_for_that():
    subject = Guessing(gains=(0.1, 0.3, 0.1))  # 0.6 with b alone, 0.4 with either other one, 0.5 with none
    result = interaction(subject, subject.cases(16), **FAST)
    for pair in ("a + b", "a + c", "b + c"):
        assert value(result, pair, "interaction", subject.score, "InterSHAP").low == pytest.approx(0.1), pair
    assert result.findings == []


class Replaceable(PlantedSubject):
    """Knows the answer of a and b together, or of c, and half of it otherwise."""

    def outcomes(self, cases, coalitions):
        known = ["c" in one.kept or {"a", "b"} <= one.kept for one in coalitions]
        return [Outcome(np.full(len(cases), 0.9 if one else 0.5)) for one in known]


def test_a_pair_that_a_third_input_can_replace_is_needed_all_the_same_where_neither_alone_is_worse_than_nothing():
    subject = Replaceable(inputs=("a", "b", "c"))
    result = interaction(subject, subject.cases(16), **FAST)
    (sentence,) = [said for said in result.findings if "The model needs" in said]
    assert sentence.startswith("The model needs a and b together")


def test_a_copy_is_redundant_and_nobody_speaks_of_synergy():
    result = result_of("copy")
    assert value(result, "a + b", "redundancy").low > 0.5
    assert any("a and b each tell the same about the label" in said for said in result.findings)
    assert not any("together" in said for said in result.findings)


def test_noise_beside_what_is_read_is_spoken_of_nowhere():
    result = result_of("first", inputs=("a", "noise"))
    assert value(result, "a + noise", "unique to a").low > 0.5
    assert any("a tells about the label what noise does not" in said for said in result.findings)
    assert not any(said.startswith(("noise", "a and noise")) for said in result.findings)
    assert "The model needs" not in " ".join(result.findings)


@pytest.mark.slow
def test_an_xor_of_two_of_three_inputs_is_found_in_that_pair_alone():
    result = result_of("xor", inputs=("a", "b", "c"), n=240)
    told = [said for said in result.findings if "about the label" in said]
    assert len(told) == 1
    assert told[0].startswith("a and b together")
    assert value(result, "a + c", "interaction", PlantedSubject().score, "InterSHAP").value == 0


def test_random_labels_are_spoken_of_nowhere():
    subject = PlantedSubject()
    result = interaction(subject, shuffled(subject.cases(160)), **FAST)
    (row,) = [row for row in result.rows if row["quantity"] == "synergy" and row["about"] == "label"]
    assert row["value"].value <= row["97.5 % of permuted labels"]
    assert not any("label:" in said for said in result.findings)
    assert any("the model's answers" in said for said in result.findings)  # which do need both inputs


def test_the_same_seed_gives_the_same_result():
    assert result_of("xor", n=60).to_json() == result_of("xor", n=60).to_json()


def test_every_row_has_the_same_keys_and_charts_show_the_parts():
    result = result_of("xor", n=60, estimators=["clusters", "gaussian"])
    assert len({tuple(row) for row in result.rows}) == 1
    assert {type(chart).__name__ for chart in result.charts} == {"Bars", "Heatmap"}
    assert result.assumes
    assert " here: " not in result.cannot_tell
    assert result.table()


@dataclass(frozen=True)
class Opaque:
    """Scores without classes, and no levels."""

    planted: PlantedSubject
    name: str = "opaque"
    fingerprint: str = "0"
    inputs: tuple[str, ...] = ("a", "b")
    fusion: str | None = None
    score: str = "DSC"

    def outcomes(self, cases, coalitions):
        return [Outcome(outcome.score) for outcome in self.planted.outcomes(cases, coalitions)]


def test_scores_alone_have_intershap_and_the_rest_is_named_with_the_reason():
    planted = PlantedSubject()
    result = interaction(Opaque(planted), planted.cases(60), **FAST)
    assert value(result, "a + b", "interaction", "DSC", "InterSHAP").low > 0
    assert "scores alone" in result.about["left out"]["EMAP"]
    assert "level by level" in result.about["left out"]["information"]
    assert "No PID here: expected a model whose features can be read level by level" in result.cannot_tell
    assert "No EMAP here: " in result.cannot_tell


class LooksWhereTold(PlantedSubject):
    patch_grid, parts_score = (1, 2), "fit"

    def words(self, case):
        return ("left", "lung") if case.ids[0] == "case-1" else ()

    def without_parts(self, case, hidden):
        return np.array([float(0 not in parts.words and 1 not in parts.patches) for parts in hidden])


def test_words_are_mapped_where_a_case_has_some():
    subject = LooksWhereTold()
    result = interaction(subject, subject.cases(60), **FAST)
    (row,) = [row for row in result.rows if row["by"] == "words x patches"]
    assert row["between"] == "'left' + patch 0, 1 of case-1"
    assert row["value"].value == 1
    assert row["about"] == "fit", "what is hidden need not be scored as the model is"
    assert result.charts[-1].values.tolist() == [[0, 1], [0, 0]]
    told = {"words": ["left", "lung"], "grid": [1, 2], "values": [[0.0, 1.0], [0.0, 0.0]]}
    assert result.to_dict()["about"]["words x patches"] == {"case-1": told}


def test_a_branch_that_few_cases_have_is_left_out_with_the_reason():
    subject = PlantedSubject()
    result = interaction(subject, subject.cases(12), **FAST)
    assert (
        "at least 20 cases that have both and a known class, got 12"
        in result.about["left out"]["a + b, label, clusters"]
    )


def test_a_single_input_and_an_unknown_estimator_are_wrong_use():
    one = PlantedSubject(inputs=("a",), rule="first")
    with pytest.raises(UsageError, match=r"at least 2 inputs, got 1 \(a\)"):
        interaction(one, one.cases(30))
    both = PlantedSubject()
    with pytest.raises(UsageError, match="clusters, gaussian, batch as estimators, got flow"):
        interaction(both, both.cases(30), estimators=["flow"])


@pytest.mark.slow
def test_networks_find_the_planted_part_beside_permuted_labels_too():
    result = result_of("first", n=400, estimators=["batch"], permutations=2, resamples=2)
    unique = value(result, "a + b", "unique to a", by="PID, networks")
    assert unique.low > 0.3
    assert unique.chance < 0.3
    assert value(result, "a + b", "synergy", by="PID, networks").value < 0.15


def test_cases_without_a_known_class_are_not_counted():
    subject = PlantedSubject()
    cases = subject.cases(100)
    truth = cases.truth.copy()
    truth[:40] = -1
    branches_only = replace(cases, truth=truth)
    result = interaction(subject, branches_only, **FAST | {"paired": 100})
    assert value(result, "a + b", "synergy").n == 60
    assert value(result, "a + all others", "gap to an additive model", "accuracy", "EMAP").n == 60


def latents(setting, rng, *, n=3000):
    """Two sources that each see their own block and a shared one; labels are thirds of the mean of some blocks.

    The generator of https://arxiv.org/abs/2302.12247 (synthetic/generate_data.py) with 3 classes and 5-d blocks.
    """
    own_first, own_second, shared = rng.normal(size=(3, n, 5))
    sources = [
        np.concatenate([block @ rng.uniform(0, 1, (5, 32)), shared @ rng.uniform(0, 1, (5, 32))], axis=1)
        for block in (own_first, own_second)
    ]
    label_blocks = {
        "redundancy": [shared],
        "unique_1": [own_first],
        "unique_2": [own_second],
        "synergy": [own_first, own_second],
    }[setting]
    height = np.concatenate(label_blocks, axis=1).mean(1)
    return *sources, np.searchsorted(np.quantile(height, [1 / 3, 2 / 3]), height)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_generated_latents_have_the_part_that_was_planted_first(seed):
    rng = np.random.default_rng(seed)
    for setting in ("redundancy", "unique_1", "unique_2", "synergy"):
        first, second, labels = latents(setting, rng)
        one, two = (discretise(source, components=2, seed=seed) for source in (first, second))
        shape = (int(one.max()) + 1, int(two.max()) + 1, 3)
        solver = PidSolver(shape)
        parts = measured_parts(
            lambda rows, told: solver.solve(joint_table(one[rows], two[rows], told, shape)),  # noqa: B023
            labels,
            [str(row) for row in range(len(labels))],
            permutations=5,
            resamples=2,
            seed=seed,
        )
        beyond = {name: part.estimate.value - part.estimate.chance for name, part in parts.items() if name != "total"}
        assert max(beyond, key=beyond.get) == setting, (setting, beyond)
