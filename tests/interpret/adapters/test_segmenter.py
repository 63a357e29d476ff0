"""A segmenter as a subject: its coalitions are its own masks, and what it lacks never matters."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lexiscope.core.errors import EvaluationError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.evaluate.metrics.segmentation import dice
from lexiscope.evaluate.segment.asking import Asker
from lexiscope.evaluate.segment.measured_case import MeasuredCase
from lexiscope.interpret.adapters.segmenter import SegmenterSubject, open_segmenter, segmenter_subjects
from lexiscope.interpret.saliency.rollout import attention_maps
from lexiscope.interpret.subject import Cases, Coalition, HoldsOut, TakesNoise
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.parts.segmenter import SegmenterContent, Structure
from lexiscope.models.segmenter.segmenter import Segmenter
from lexiscope.tasks.segment.delineate import Delineator, DelineatorSettings
from lexiscope.testing.masked import STRUCTURES, make_masked_corpus, make_segmenter_model, tiny_segmenter
from lexiscope.testing.subjects import check_subject
from lexiscope.training.loop.checkpoint import epoch_path, save_weights
from lexiscope.training.segment.step import SegmentStep
from lexiscope.views.case_grid import CaseGrid

OPENED = tuple[SegmenterSubject, Cases]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_masked_corpus(tmp_path_factory.mktemp("masked") / "corpus", 8)


@pytest.fixture(scope="module")
def model(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> ModelDirectory:
    return make_segmenter_model(corpus, tmp_path_factory.mktemp("segmenter") / "model")


def opened(corpus: Corpus, model: ModelDirectory, *, structure: str = "disc", **options: object) -> OPENED:
    """A subject whose network is drawn, and whose threshold splits what it gives; cases of the split "train"."""
    subject, cases = open_segmenter(model, corpus, "train", structure=structure)
    network = tiny_segmenter(**options)
    with torch.no_grad():
        for weight in network.decoder.parameters():
            weight.add_(0.2 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(0)))
    asker = asking(model, network, 0.5)
    prepared = subject._read(cases.items[0]).prepared(asker.delineator.content.grid)
    threshold = float(np.median(next(asker.delineator.probabilities(prepared, asker.vectors([structure])))[0]))
    return replace(subject, asker=asking(model, network, threshold), fusion=network.config.fusion), cases


def asking(model: ModelDirectory, network: Segmenter, threshold: float) -> Asker:
    structures = {name: Structure((name,), threshold=threshold) for name in STRUCTURES}
    content = SegmenterContent(network, CaseGrid(channels={"t1": 1, "t2": 1}), (24, 24), structures)
    return Asker(Delineator(model, content, DelineatorSettings()))


def own_dice(subject: SegmenterSubject, cases: Cases, **shown: object) -> np.ndarray:
    """DSC as the evaluation of segmentation asks for it."""
    scores = []
    for case in cases.items:
        measured = MeasuredCase.read(subject.corpus, case, modalities=("t1", "t2"), structures=(subject.structure,))
        asked = subject.asker.case(measured.prepared(subject.asker.delineator.content.grid))
        mask = asked.masks([subject.structure], **shown)[subject.structure]
        scores.append(dice(mask, measured.truth()[subject.structure]))
    return np.array(scores)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"fusion": "hybrid"}, {"fusion": "early"}, {"decoder": "two-way"}])
def test_a_segmenter_keeps_the_contract_of_subjects(corpus, model, options) -> None:
    subject, cases = opened(corpus, model, **options)
    some = cases.take([0, 1, cases.present["t2"].argmin()])
    assert not some.present["t2"].all()
    check_subject(subject, some, predicted=own_dice(subject, some))


@pytest.mark.slow
def test_a_segmenter_with_a_tower_keeps_it_too(corpus, model) -> None:
    subject, cases = opened(corpus, model, tower=True)
    some = cases.take([0, 1, cases.present["t2"].argmin()])
    check_subject(subject, some, predicted=own_dice(subject, some))


def test_attention_is_that_of_its_tower_over_the_window(corpus, model) -> None:
    subject, cases = opened(corpus, model, tower=True)
    one = cases.take([0])
    images = subject.images(one)
    subject.network.trunk.tile = 2 * images["t1"].shape[-1]  # the tower reads a window as a corner of a tile
    found = subject.attention(one, images)
    maps = attention_maps(found, {name: tuple(image.shape[2:]) for name, image in images.items()})
    assert {name: x.shape for name, x in maps.items()} == {name: x[:, 0].shape for name, x in images.items()}
    assert found["t1"].covered == (0.5, 0.5)
    assert not torch.allclose(maps["t1"], maps["t2"])
    assert opened(corpus, model)[0].attention(one, images) == {}


@pytest.mark.parametrize("fusion", ["late", "hybrid", "early"])
def test_fewer_modalities_are_what_the_model_itself_gives_in_the_same_windows(corpus, model, fusion) -> None:
    subject, cases = opened(corpus, model, fusion=fusion)
    both = cases.take(np.flatnonzero(cases.present["t2"]))
    (alone,) = subject.outcomes(both, [Coalition(frozenset({"t1", "text"}))])
    assert np.allclose(alone.score, own_dice(subject, both, modalities=("t1",)), atol=1e-6)


def test_late_fusion_decodes_each_modality_once_however_many_coalitions(corpus, model) -> None:
    subject, cases = opened(corpus, model)
    one = cases.take([0])
    calls = []
    handle = subject.asker.delineator.content.segmenter.stems[0].register_forward_hook(lambda *_: calls.append(1))
    subject.outcomes(one, [Coalition(frozenset({"t1", "text"}))])
    alone = len(calls)
    subject.outcomes(one, [Coalition(frozenset(kept)) for kept in ({"t1"}, {"t1", "t2"}, {"t1", "t2", "text"})])
    handle.remove()
    assert len(calls) == 2 * alone > 0


def in_turn(corpus: Corpus, model: ModelDirectory, **options: object) -> tuple[list[SegmenterSubject], Cases]:
    """Both structures of one network, and cases that show both."""
    disc, _ = opened(corpus, model, **options)
    square, cases = segmenter_subjects(model, corpus, "train")[1]
    return [disc, replace(disc, structure=square.structure)], cases.take([0, 1, 2])


def ways_to_ask(cases: Cases) -> list[Coalition]:
    """Every way of taking each input away."""
    donors, kept = cases.take([1, 2, 0]), [frozenset(some) for some in ({"t1", "t2", "text"}, {"t1", "text"}, {"t2"})]
    return [Coalition(some, removal, donors) for removal in ("missing", "zeros", "marginal") for some in kept]


@pytest.mark.parametrize("fusion", ["late", "early"])
def test_structures_asked_in_turn_read_a_case_once_and_say_what_they_say_alone(corpus, model, fusion) -> None:
    subjects, cases = in_turn(corpus, model, fusion=fusion)
    asked, calls = ways_to_ask(cases), []
    alone = [subject.outcomes(cases, asked) for subject in subjects]
    turns = [subject.in_turn(cases) for subject in subjects]
    handle = subjects[0].network.stems[0].register_forward_hook(lambda *_: calls.append(1))
    for turn, apart, reads in zip(turns, alone, (True, False), strict=True):
        calls.clear()
        told = [turn.outcomes(cases, [one])[0] for one in asked]
        assert bool(calls) == reads
        for one, other in zip(told, apart, strict=True):
            assert np.allclose([one.score, one.confidence], [other.score, other.confidence], atol=1e-6)
    handle.remove()
    assert not np.allclose(alone[0][0].score, alone[1][0].score), "two structures"


def test_masks_of_later_structures_are_made_as_far_as_memory_goes(corpus, model, monkeypatch) -> None:
    monkeypatch.setattr("lexiscope.interpret.adapters.segmenter._BYTES", 0)
    subjects, cases = in_turn(corpus, model)
    first, second = (subject.in_turn(cases) for subject in subjects)
    asked, calls = ways_to_ask(cases)[:2], []
    first.outcomes(cases, asked)
    handle = subjects[0].network.stems[0].register_forward_hook(lambda *_: calls.append(1))
    told = second.outcomes(cases, asked)
    handle.remove()
    assert calls
    assert np.allclose([one.score for one in told], [one.score for one in subjects[1].outcomes(cases, asked)])


def test_silenced_units_are_none_of_the_business_of_turns(corpus, model) -> None:
    (disc, square), cases = in_turn(corpus, model)
    turns, everything = [disc.in_turn(cases), square.in_turn(cases)], [Coalition(frozenset(disc.inputs))]
    with disc.ablated("t1", "stem 1", range(4)), square.ablated("t1", "stem 1", range(4)):
        (silenced,) = disc.outcomes(cases, everything)
    (told,) = turns[0].outcomes(cases, everything)
    assert not np.allclose(told.confidence, silenced.confidence)
    assert np.allclose(turns[1].outcomes(cases, everything)[0].score, square.outcomes(cases, everything)[0].score)


def test_nothing_to_look_at_is_an_empty_mask(corpus, model) -> None:
    subject, cases = opened(corpus, model)
    (blind,) = subject.outcomes(cases, [Coalition(frozenset({"text"}))])
    assert blind.score.tolist() == [0.0] * len(cases)


def test_a_donor_that_is_the_case_itself_takes_nothing_away(corpus, model) -> None:
    subject, cases = opened(corpus, model)
    full, own = subject.outcomes(
        cases, [Coalition(frozenset(subject.inputs)), Coalition(frozenset({"text"}), "marginal", cases)]
    )
    assert np.allclose(full.score, own.score)


def test_a_learned_structure_that_is_there_is_a_subject_each(corpus, model) -> None:
    found = segmenter_subjects(model, corpus, "train")
    assert [subject.structure for subject, _ in found] == ["disc", "square"]
    assert len(found[1][1]) < len(found[0][1]), "cases without a square have no DSC of it"
    assert found[0][0].fingerprint != found[1][0].fingerprint


def test_what_cannot_be_asked_is_said(corpus, model, tmp_path: Path) -> None:
    assert segmenter_subjects(ModelDirectory(tmp_path), corpus, "train") == []
    with pytest.raises(UsageError, match=r"learned \(disc, square\), got 'liver'; name one"):
        open_segmenter(model, corpus, "train", structure="liver")
    with pytest.raises(EvaluationError, match="split 'nowhere'"):
        open_segmenter(model, corpus, "nowhere")
    subject, _ = open_segmenter(model, corpus, "train")
    with pytest.raises(UsageError, match="got 't1' and 'stem 9'"), subject.ablated("t1", "stem 9", [0]):
        pass


def test_how_sure_a_mask_is_does_not_need_the_truth(corpus, model) -> None:
    subject, cases = opened(corpus, model)
    whole, nothing = subject.outcomes(cases, [Coalition(frozenset(subject.inputs)), Coalition(frozenset())])
    assert whole.confidence.min() > 0
    assert whole.confidence.max() <= 1
    assert nothing.confidence.tolist() == [0.0] * len(cases)


def test_noise_is_the_same_whatever_cases_stand_beside_and_none_of_no_variance(corpus, model) -> None:
    subject, cases = opened(corpus, model)
    everything = [Coalition(frozenset(subject.inputs))]
    (plain,), (still,), (noisy,), (again,) = (
        read.outcomes(some, everything)
        for read, some in [
            (subject, cases),
            (subject.with_noise(0.0, seed=1), cases),
            (subject.with_noise(0.3, seed=1), cases),
            (subject.with_noise(0.3, seed=1), cases.take([1])),
        ]
    )
    assert np.allclose(plain.confidence, still.confidence)
    assert not np.allclose(plain.confidence, noisy.confidence)
    assert again.confidence[0] == pytest.approx(noisy.confidence[1])


def test_it_is_calibrated_on_val(corpus, model) -> None:
    subject, _ = opened(corpus, model)
    held_out = subject.held_out()
    assert isinstance(subject, HoldsOut)
    assert isinstance(subject, TakesNoise)
    assert set(held_out.ids) <= {case.id for case in corpus.cases("val")}
    assert held_out.split == "val"


def test_epochs_that_its_training_kept_are_opened_and_closed_again(corpus, model, tmp_path: Path) -> None:
    subject, cases = open_segmenter(model, corpus, "train")
    some, network = cases.take([0, 1]), subject.asker.delineator.content.segmenter
    now = subject.levels(some)["t1"][0].values
    step = SegmentStep(network)
    save_weights(tmp_path / "checkpoint.safetensors", step, key="k")
    save_weights(epoch_path(tmp_path, 1), step, key="k")
    with torch.no_grad():
        for weight in network.stems.parameters():
            weight.mul_(2)
    save_weights(epoch_path(tmp_path, 2), step, key="k")
    moved = subject.levels(some)["t1"][0].values
    epochs = replace(subject, run=tmp_path).epochs()
    assert list(epochs) == [1, 2]
    with epochs[1]() as then:
        assert torch.equal(then.levels(some)["t1"][0].values, now)
        assert then.fingerprint != subject.fingerprint
    assert torch.equal(subject.levels(some)["t1"][0].values, moved)
    assert not torch.equal(moved, now)
    assert subject.epochs() == {}


def test_levels_are_kept_by_the_weights_that_made_them(corpus, model) -> None:
    subject, cases = opened(corpus, model)
    folder, network = subject.levels_folder(cases), subject.asker.delineator.content.segmenter
    assert folder is not None
    assert subject.levels_folder(cases.take([0])) == folder
    with subject.ablated("t1", "stem 1", [0]):
        assert subject.levels_folder(cases) is None
    with torch.no_grad():
        next(network.stems.parameters()).mul_(2)
    assert subject.levels_folder(cases) != folder
