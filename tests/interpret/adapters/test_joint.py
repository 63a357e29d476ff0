"""A joint space as a subject: ranks as the evaluation of search has them, with fewer modalities."""

from types import SimpleNamespace

import numpy as np
import pytest

from lexiscope.core.errors import EvaluationError, UsageError
from lexiscope.corpus.wording import normalise
from lexiscope.evaluate.metrics.retrieval import first_rank, relevant_ranks
from lexiscope.interpret.adapters.encoder_ablation import blocks_below
from lexiscope.interpret.adapters.joint import joint_subjects, open_joint, random_reciprocal_rank
from lexiscope.interpret.semantics.ablation import ablate_classes
from lexiscope.interpret.semantics.units import UnitClasses
from lexiscope.interpret.subject import Coalition
from lexiscope.tasks.embed import embed_cases, embed_texts
from lexiscope.testing.subjects import check_subject


@pytest.mark.slow
def test_a_joint_space_keeps_the_contract_of_subjects(scans, reader) -> None:
    subject, cases = open_joint(reader, scans, "train")
    some = cases.take(_varied(cases))
    words = list({normalise(text.text): text.text for case in cases.items for text in case.statements}.values())
    places = {normalise(text): place for place, text in enumerate(words)}
    relevant = [np.array([places[normalise(case.statements[0].text)]]) for case in some.items]
    vectors = embed_cases(reader, scans, some.items)
    predicted = 1 / first_rank(relevant_ranks(vectors, embed_texts(reader.joint(), words), relevant))
    check_subject(subject, some, predicted=predicted)


def test_a_case_of_which_nothing_is_left_has_the_rank_of_a_random_order(scans, late_reader) -> None:
    subject, cases = open_joint(late_reader, scans, "test")
    (nothing,) = subject.outcomes(cases, [Coalition(frozenset())])
    n = len(subject.gallery)
    assert np.allclose(nothing.score, np.mean(1 / np.arange(1, n + 1)))
    assert np.allclose(nothing.correct, 1 / n)


def test_a_search_is_right_where_an_own_text_comes_first(scans, late_reader) -> None:
    subject, cases = open_joint(late_reader, scans, "test")
    (whole,) = subject.outcomes(cases, [Coalition(frozenset(subject.inputs))])
    assert whole.correct.tolist() == (whole.score == 1).tolist()
    assert set(whole.score) > {1}, "some come first and some do not"


def test_the_rank_of_a_random_order_is_that_of_drawn_ones() -> None:
    rng = np.random.default_rng(0)
    drawn = [1 / (1 + rng.permutation(7)[:3].min()) for _ in range(20_000)]
    assert random_reciprocal_rank(3, 7) == pytest.approx(np.mean(drawn), abs=0.01)
    assert random_reciprocal_rank(7, 7) == 1


def test_readouts_of_late_fusion_are_computed_once(scans, late_reader) -> None:
    subject, cases = open_joint(late_reader, scans, "val")
    subject.outcomes(cases, [Coalition(frozenset(subject.inputs))])
    calls = []
    handles = [tower.register_forward_hook(lambda *_: calls.append(1)) for tower in subject.sees.joint.image.towers]
    subject.outcomes(cases, [Coalition(frozenset(kept)) for kept in ({"flair"}, {"t1w"}, {"flair", "t1w"})])
    assert not calls
    for _ in range(2):
        subject.outcomes(cases, [Coalition(frozenset({"flair"}), "zeros")])
    for handle in handles:
        handle.remove()
    assert len(calls) == len(subject.inputs), "one for the blank image of each modality, once"


def test_noise_changes_images_the_same_way_in_every_batch(scans, late_reader) -> None:
    subject, cases = open_joint(late_reader, scans, "val")
    noisy, other = subject.with_noise(0.1, seed=0), subject.with_noise(0.1, seed=1)
    alone = noisy.image_vectors(cases.take([1]))
    assert np.allclose(alone[0], noisy.image_vectors(cases)[1], atol=1e-5)
    assert not np.allclose(alone[0], other.image_vectors(cases)[1], atol=1e-4)
    assert not np.allclose(alone[0], subject.image_vectors(cases)[1], atol=1e-4)
    assert np.allclose(subject.with_noise(0.0, seed=0).image_vectors(cases), subject.image_vectors(cases), atol=1e-4)


def test_silenced_units_change_what_is_said_and_are_not_kept(scans, reader) -> None:
    subject, cases = open_joint(reader, scans, "val")
    branch, levels = next(iter(subject.levels(cases).items()))
    before = subject.image_vectors(cases)
    with subject.ablated(branch, levels[0].name, range(levels[0].values.shape[2])):
        silent = subject.image_vectors(cases)
    assert not np.allclose(silent, before, atol=1e-3)
    assert np.allclose(subject.image_vectors(cases), before, atol=1e-6)


def test_classes_of_units_are_silenced_with_and_without_what_is_computed_once(scans, late_reader) -> None:
    subject, cases = open_joint(late_reader, scans, "train")
    some, level = cases.take(range(6)), "level 1"
    places = [(name, level) for name in subject.inputs]
    classes = {place: UnitClasses({}, {"consistent": [0, 2], "special": [1], "dead": []}) for place in places}
    counts = dict.fromkeys(places, subject.sees.joint.image.towers[0].widths[1])
    anew = SimpleNamespace(inputs=subject.inputs, outcomes=subject.outcomes, ablated=subject.ablated)
    blocks = blocks_below(subject.sees.joint.image.towers[0], level)
    subject.outcomes(some, [Coalition(frozenset(subject.inputs))])  # readouts of the model as it is are kept
    ran = []
    handle = next(blocks[0].children()).register_forward_hook(lambda *_: ran.append(1))
    once = ablate_classes(subject, some, level, classes, counts)
    few = len(ran)
    assert ablate_classes(anew, some, level, classes, counts) == once
    handle.remove()
    assert len(ran) - few == 4 * few > 0, "two classes, each beside random units"
    assert [drop.units for drop in once] == ["consistent", "special"]
    assert any(drop.drop.value for drop in once)


def test_other_weights_in_the_network_are_read_anew(scans, late_reader) -> None:
    subject, cases = open_joint(late_reader, scans, "val")
    before, folder = subject.image_vectors(cases), subject.levels_folder(cases)
    weights = {name: weight.clone() for name, weight in subject.sees.joint.state_dict().items()}
    other = {name: weight * 1.5 if name.startswith("image.towers") else weight for name, weight in weights.items()}
    subject.sees.joint.load_state_dict(other)
    assert not np.allclose(subject.image_vectors(cases), before, atol=1e-3)
    assert subject.levels_folder(cases) != folder
    subject.sees.joint.load_state_dict(weights)
    assert np.allclose(subject.image_vectors(cases), before)
    with subject.ablated("flair", "level 0", [0]):
        assert subject.levels_folder(cases) is None


def test_what_cannot_be_asked_is_said(scans, late_reader, tmp_path) -> None:
    subject, _ = open_joint(late_reader, scans, "val")
    with pytest.raises(UsageError, match="got 'level 99'"), subject.ablated("flair", "level 99", [0]):
        pass
    with pytest.raises(UsageError, match="got 'ct'"), subject.ablated("ct", "level 0", [0]):
        pass
    with pytest.raises(EvaluationError, match="split 'nowhere'"):
        open_joint(late_reader, scans, "nowhere")
    assert joint_subjects(type(late_reader)(tmp_path), scans, "val") == []


def _varied(cases) -> list[int]:
    """Three cases, one with all modalities and one that lacks the first."""
    names = sorted(cases.present)
    counts = np.sum([cases.present[name] for name in names], axis=0)
    lacks = int(np.flatnonzero(~cases.present[names[0]])[0])
    return list(dict.fromkeys([int(counts.argmax()), lacks, int(counts.argmin()), *range(len(cases))]))[:3]
