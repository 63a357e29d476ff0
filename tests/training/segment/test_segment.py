"""Training a segmenter: rows that follow from seed and epoch, losses worked by hand, a run that learns."""

from collections import Counter
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch

from lexiscope.core.errors import TrainingError, UsageError
from lexiscope.core.passage import Passage
from lexiscope.corpus import Corpus
from lexiscope.features.kept_token_maps import KeptTokenMaps
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing import make_corpus
from lexiscope.testing.masked import STRUCTURES, make_masked_corpus, tiny_segmenter
from lexiscope.training.segment.config import SegmentConfig
from lexiscope.training.segment.layout import choose_layout
from lexiscope.training.segment.prompts import Prompts
from lexiscope.training.segment.rows import SegmentRows
from lexiscope.training.segment.segment import train_segmenter
from lexiscope.training.segment.step import SegmentStep, mask_loss
from lexiscope.training.segment.variants import Variants
from lexiscope.views.case_grid import CaseGrid
from lexiscope.views.case_store import CaseStore


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_masked_corpus(tmp_path_factory.mktemp("masked") / "corpus")


@lru_cache(maxsize=1)
def _prompts(corpus: Corpus) -> Prompts:
    return Prompts.of(tuple(corpus.cases("train")), STRUCTURES, tiny_segmenter())


def _rows(
    corpus: Corpus,
    *,
    augment: bool = True,
    absent: float = 0.3,
    dropout: float = 0.0,
    tower: bool = False,
    whole: bool = False,
) -> SegmentRows:
    cases = tuple(corpus.cases("train"))
    prompts = _prompts(corpus)
    store = CaseStore(corpus, corpus.path / ".views" / "cases", CaseGrid(channels={"t1": 1, "t2": 1}))
    variants = Variants(augment, 2, (0, 1) if augment else ())
    maps = KeptTokenMaps(tiny_segmenter(tower=tower), corpus, store)
    shares = (0.7, absent, 0.5, dropout)
    return SegmentRows(cases, store, maps, STRUCTURES, prompts, (24, 24), 0, 12, *shares, variants, 0, whole=whole)


def test_a_row_follows_from_seed_epoch_and_row_whoever_shares_the_batch(corpus: Corpus) -> None:
    rows = _rows(corpus)
    whole, part = rows.batch(np.array([0, 1, 2]), epoch=1), rows.batch(np.array([2, 0]), epoch=1)
    for name in ("sentences", "masks", "shown"):
        assert torch.equal(whole[name][[2, 0]], part[name])
    for name, image in whole["images"].items():
        assert torch.equal(image[[2, 0]], part["images"][name])
    assert not torch.equal(rows.batch(np.array([0]), epoch=2)["images"]["t1"], whole["images"]["t1"][:1])


def test_masks_lie_on_the_images_whatever_the_variant(corpus: Corpus) -> None:
    """Discs are bright and squares dark in both modalities, so a mask that lies elsewhere has other values below it."""
    rows = _rows(corpus, absent=0.0)
    for epoch in range(3):
        batch = rows.batch(np.arange(12), epoch=epoch)
        assert batch["masks"].shape == (12, 3, 24, 24)
        for row in range(12):
            first = batch["masks"][row, 0]
            if 20 < first.sum() < 400:
                t1 = batch["images"]["t1"][row, 0]
                assert abs(float(t1[first].mean() - t1[~first].mean())) > 0.5


def test_a_map_of_a_frozen_tower_is_looked_up_once_and_made_anew_where_its_file_is_gone(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, case = _rows(corpus, tower=True), next(corpus.cases("train"))
    first = rows.maps.of(case)
    read: list[str] = []
    get = CaseStore.get
    monkeypatch.setattr(CaseStore, "get", lambda self, *given: (read.append(given[0].id), get(self, *given))[1])
    again = rows.maps.of(case)
    assert not read
    assert all(np.array_equal(again[name].values, one.values) for name, one in first.items())
    for path in (corpus.path / ".features").rglob("*.npy"):
        path.unlink()
    assert np.array_equal(rows.maps.of(case)["t1"].values, first["t1"].values)
    assert read


def test_foreign_sentences_are_answered_by_nothing(corpus: Corpus) -> None:
    rows = _rows(corpus, absent=1.0 - 1e-9)
    batch = rows.batch(np.arange(12), epoch=0)
    assert not bool(batch["masks"][:, 1:].any())
    assert bool(batch["shown"][:, 0].any())


def test_what_a_case_shows_is_asked_first_and_then_what_it_was_searched_for_in_vain(
    corpus: Corpus,
) -> None:
    absent = ("ring", "star", "cross")
    rows = replace(_rows(corpus, absent=0.3), structures=(*STRUCTURES, *absent))
    case = rows.cases[0]
    found = rows.store.get(case, STRUCTURES)
    nothing = np.zeros_like(found.masks["disc"])
    searched = replace(found, masks={**found.masks, **dict.fromkeys(absent, nothing)})
    names = dict.fromkeys(rows.structures, rows.prompts.names["disc"])
    prompts = replace(rows.prompts, names=names, own=dict.fromkeys(((case.id, name) for name in names), ()))
    rows = replace(rows, prompts=prompts)
    asking = {"places": dict.fromkeys(STRUCTURES), "variant": rows.variants.draw(np.random.default_rng(0))}
    seen = Counter(
        (place, "foreign" if prompt.structure is None else prompt.structure)
        for seed in range(600)
        for place, prompt in enumerate(
            rows._asked(case, searched, present=("t1",), rng=np.random.default_rng(seed), **asking)
        )
    )
    shown, vain = ([sum(seen[at, name] for name in names) / 600 for at in range(3)] for names in (STRUCTURES, absent))
    foreign = [seen[at, "foreign"] / 600 for at in range(3)]
    assert foreign == pytest.approx([0, 0.3, 0.3], abs=0.06)
    assert shown == pytest.approx([1, 0.7, 0.3 * 0.7], abs=0.06)
    assert vain == pytest.approx([0, 0, 0.7 * 0.7], abs=0.06)


def test_a_modality_that_a_case_lacks_is_never_present_and_one_always_stays(corpus: Corpus) -> None:
    rows = _rows(corpus, dropout=0.9)
    batch = rows.batch(np.arange(12), epoch=0)
    has = [[name in case.images for name in ("t1", "t2")] for case in rows.cases]
    for row in range(12):
        there = [bool(batch["present"][name][row]) for name in ("t1", "t2")]
        assert any(there)
        assert all(own or not shown for shown, own in zip(there, has[row % len(rows.cases)], strict=True))


def test_the_loss_of_a_mask_worked_by_hand() -> None:
    logits, target = torch.zeros(1, 1, 2), torch.tensor([[[1.0, 0.0]]])
    smooth = 0.002  # a thousandth of two places
    dice = (2 * 0.5 + smooth) / (1.0 + 1.0 + smooth)
    assert float(mask_loss(logits, target)) == pytest.approx(np.log(2) + 1 - dice, abs=1e-6)


def test_agreement_is_nothing_where_the_other_wording_is_the_same(corpus: Corpus) -> None:
    step = SegmentStep(tiny_segmenter(), agreement=1.0)
    batch = _rows(corpus).batch(np.arange(4), epoch=0)
    batch["others"] = batch["sentences"]
    assert step(batch)["agreement"].value.item() == pytest.approx(0.0, abs=1e-10)


def test_rows_with_a_teacher_show_the_same_and_carry_what_was_left_out(corpus: Corpus) -> None:
    plain, whole = (
        _rows(corpus, dropout=0.6, whole=is_whole).batch(np.arange(12), epoch=0) for is_whole in (False, True)
    )
    for name, present in plain["present"].items():
        assert torch.equal(whole["present"][name], present)
        assert torch.equal(whole["images"][name][present], plain["images"][name][present])
        assert torch.equal(plain["whole"][name], present)
        carried = whole["whole"][name] & ~present
        assert carried.any()
        assert whole["images"][name][carried].flatten(1).any(dim=1).all()
    assert torch.equal(whole["masks"], plain["masks"])
    assert torch.equal(whole["sentences"], plain["sentences"])


def test_the_masks_of_all_modalities_teach_those_of_a_subset(corpus: Corpus) -> None:
    segmenter = tiny_segmenter()
    batch = _rows(corpus, dropout=0.6, whole=True).batch(np.arange(12), epoch=0)
    full = segmenter(batch["images"], batch["whole"], batch["sentences"]).masks.detach()
    part = segmenter(batch["images"], batch["present"], batch["sentences"]).masks.detach()
    taught = torch.stack([batch["whole"][name] & ~batch["present"][name] for name in ("t1", "t2")]).any(dim=0)
    p, q = full[taught].sigmoid(), part[taught].sigmoid()
    expected = (p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log()).mean()
    losses = SegmentStep(segmenter, distillation=2.0)(batch)
    assert losses["distillation"].value.item() == pytest.approx(2.0 * expected.item(), rel=1e-3)
    losses["distillation"].value.backward()
    assert any(weight.grad is not None and weight.grad.any() for weight in segmenter.stems.parameters())


def test_nothing_is_taught_where_nothing_was_left_out(corpus: Corpus) -> None:
    batch = _rows(corpus, whole=True).batch(np.arange(4), epoch=0)
    assert SegmentStep(tiny_segmenter(), distillation=1.0)(batch)["distillation"].value.item() == 0.0
    assert "distillation" not in SegmentStep(tiny_segmenter())(batch)


def test_every_case_comes_up_however_many_there_are_and_what_few_show_more_often(corpus: Corpus) -> None:
    rows = replace(_rows(corpus), count=4)
    rare, *others = [case.id for case in rows.cases]
    voxel = np.zeros((1, 3), int)
    rows.__dict__["_places"] = {rare: {"disc": voxel, "square": voxel}, **{name: {"disc": voxel} for name in others}}
    seen = Counter(name for epoch in range(200) for name in rows.names(np.arange(4), epoch=epoch))
    assert set(seen) == {rare, *others}
    disc = len(rows.cases) ** -0.5
    assert seen[rare] / np.mean([seen[name] for name in others]) == pytest.approx((1 + disc) / 2 / disc, rel=0.05)


def test_sentences_stray_a_little_from_their_words(corpus: Corpus) -> None:
    rows = _rows(corpus, absent=0.0)
    batch = rows.batch(np.arange(12), epoch=0)
    asked = batch["sentences"].flatten(0, 1)
    nearest = torch.nn.functional.cosine_similarity(asked[:, None], rows.prompts.vectors[None], dim=2).amax(dim=1)
    assert 0.6 < nearest.min() < nearest.max() < 0.9999


def test_layouts_fit_the_cases(tmp_path: Path) -> None:
    volumes = list(make_masked_corpus(tmp_path / "volumes", 4, volumes=True))
    deep = choose_layout(volumes, SegmentConfig())
    (spacing,) = {image.spacing for case in volumes for image in case.images.values()}
    assert (deep.grid.dims, deep.grid.spacing, deep.volumes) == (3, spacing, True)
    unknown = [replace(image, spacing=None, unit=None) for image in volumes[0].images.values()]
    first = replace(volumes[0], images={image.modality: image for image in unknown})
    assert choose_layout([first, *volumes], SegmentConfig()).grid.spacing is None
    flat = choose_layout(volumes, SegmentConfig(dims=2))
    assert (flat.window, flat.tile) == ((32, 32), 32)
    with pytest.raises(UsageError, match="3 dimensions have 3 numbers"):
        choose_layout(volumes, SegmentConfig(window=(16, 16)))
    with pytest.raises(UsageError, match="no image of flair"):
        choose_layout(volumes, SegmentConfig(modalities=("flair",)))


@pytest.mark.slow
@pytest.mark.weights
@pytest.mark.parametrize("fusion", ["early", "hybrid", "late"])
def test_it_learns_structures_and_the_words_for_them(tmp_path: Path, fusion: str) -> None:
    corpus = make_masked_corpus(tmp_path / "corpus", 20)
    config = SegmentConfig(fusion=fusion, epochs=10, windows=64, batch=8, width=8, lr=3e-3)
    told: list[str] = []
    result = train_segmenter(
        corpus, tmp_path / "model", config=config, progress=lambda _done, _of, what: told.append(what)
    )
    assert {"steps of training", "held-out cases to choose thresholds on", "cases read once more"} <= set(told)
    assert result.validation["dsc"] > 0.6
    assert result.parameters["trainable"] < result.parameters["total"]
    again = train_segmenter(corpus, tmp_path / "model", config=config)
    assert "already trained" in again.notes[-1]
    content = ModelDirectory(tmp_path / "model").load("segmenter")
    assert content.structures.keys() == content.profiles.keys() == set(STRUCTURES)


@pytest.mark.slow
@pytest.mark.weights
def test_the_two_way_decoder_learns_the_words_too(tmp_path: Path) -> None:
    """Whoever ignores the words paints both structures, and overlaps with the wrong one by more than half."""
    corpus = make_masked_corpus(tmp_path / "corpus", 20)
    config = SegmentConfig(decoder="two-way", epochs=16, windows=96, batch=8, width=8)
    result = train_segmenter(corpus, tmp_path / "model", config=config)
    assert result.validation["dsc"] > 0.85


@pytest.mark.weights
def test_structures_that_nobody_searched_some_cases_for_are_named(tmp_path: Path, corpus: Corpus) -> None:
    from lexiscope.training.segment.job import prepare_segmentation

    job = prepare_segmentation(corpus, ModelDirectory(tmp_path), SegmentConfig())
    searched = tuple(case for case in job.cases if set(STRUCTURES) <= case.masks.keys())
    unsearched = replace(searched[0], masks={"disc": searched[0].masks["disc"]})
    assert not any("--annotated" in note for note in replace(job, cases=searched).notes)
    [note] = [note for note in replace(job, cases=(*searched, unsearched)).notes if "--annotated" in note]
    assert note.startswith(f"of {len(searched) + 1} cases nobody searched for square in 1:")


def test_a_corpus_without_masks_and_structures_that_nobody_has_are_refused(tmp_path: Path, corpus: Corpus) -> None:
    from lexiscope.training.segment.job import prepare_segmentation

    with pytest.raises(UsageError, match=r"no mask of liver in .*, which has disc, square"):
        prepare_segmentation(corpus, ModelDirectory(tmp_path / "model"), SegmentConfig(structures=("liver",)))
    with pytest.raises(TrainingError, match="expected cases with an image and a mask"):
        prepare_segmentation(make_corpus(tmp_path / "plain", 5), ModelDirectory(tmp_path / "model"), SegmentConfig())
    with pytest.raises(TrainingError, match=r"an image of pet and a mask .*; its images: t1, t2; choose among these"):
        prepare_segmentation(corpus, ModelDirectory(tmp_path / "model"), SegmentConfig(modalities=("pet",)))


def test_instructions_tell_of_no_modality_that_is_not_shown(corpus: Corpus) -> None:
    case = next(corpus.cases("train"))
    both = Passage("instruction", "Bright and dark.", "measured", "disc", modalities=("t1", "t2"))
    alone = Passage("instruction", "Bright.", "measured", "disc", modalities=("t1",))
    prompts = Prompts.of([replace(case, texts=(both, alone))], ("disc",), tiny_segmenter())

    def drawn(*present: str, mirrored: bool = False) -> set[str]:
        asking = {"present": present, "instructions": 1.0, "mirrored": mirrored}
        draws = [prompts.draw(case, "disc", rng=np.random.default_rng(n), **asking) for n in range(20)]
        return {prompts.sentences[draw.sentence] for draw in draws}

    assert drawn("t1", "t2") == {"Bright and dark.", "Bright."}
    assert drawn("t1") == {"Bright."}
    assert "Bright." not in drawn("t2")
    assert not {"Bright and dark.", "Bright."} & drawn("t1", "t2", mirrored=True)
    kept = [prompts.sentences.index(text) for text in ("Bright and dark.", "Bright.")]
    assert prompts.instructions is not None
    np.testing.assert_array_equal(prompts.instructions, prompts.vectors[kept].numpy())
    assert Prompts.of([case], ("disc",), tiny_segmenter()).instructions is None


def test_a_frozen_tower_reads_each_image_once_and_its_tokens_follow_the_window(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = _rows(corpus, tower=True)
    rows.maps.fill(rows.cases)
    monkeypatch.setattr("lexiscope.models.segmenter.segmenter.read_token_map", None)  # nothing is read a second time
    batch = rows.batch(np.arange(12), epoch=0)
    assert {name: tuple(x.shape) for name, x in batch["tokens"].items()} == {"t1": (12, 36, 6, 6), "t2": (12, 36, 6, 6)}
    absent = ~batch["present"]["t2"]
    assert absent.any()
    assert not batch["tokens"]["t2"][absent].any()
    assert batch["tokens"]["t2"][~absent].any()
    losses = SegmentStep(tiny_segmenter(tower=True))(batch)
    assert torch.isfinite(losses["mask"].value)


def test_all_images_are_read_in_colour_where_a_tenth_of_them_has_it(corpus: Corpus) -> None:
    grey = list(corpus.cases("train"))
    some = grey[0]
    coloured = replace(some, images={name: replace(image, channels=3) for name, image in some.images.items()})
    assert choose_layout(grey, SegmentConfig()).grid.channels == {"t1": 1, "t2": 1}
    assert choose_layout([coloured, *grey[1:]], SegmentConfig()).grid.channels["t1"] == 3
    assert choose_layout([coloured, *grey, *grey, *grey, *grey], SegmentConfig()).grid.channels["t1"] == 1
