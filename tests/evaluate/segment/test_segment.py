"""The evaluation of masks: scores over groups, false positives on what is absent, each modality left out."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lexiscope.core.case import Case, Provenance
from lexiscope.core.errors import EvaluationError, LeakageError
from lexiscope.core.passage import Passage
from lexiscope.corpus import Corpus
from lexiscope.corpus.splits import split_corpus
from lexiscope.evaluate.metrics.segmentation import MaskScores
from lexiscope.evaluate.run import evaluate_model
from lexiscope.evaluate.segment.asking import Asker
from lexiscope.evaluate.segment.measure import SegmentMeasure
from lexiscope.evaluate.segment.measured_case import MeasuredCase
from lexiscope.evaluate.segment.subsets import subsets_of
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.parts.segmenter import SegmenterContent, Structure
from lexiscope.sources.grid import Grid
from lexiscope.tasks.segment.delineate import Delineator
from lexiscope.testing import make_corpus
from lexiscope.testing.masked import make_masked_corpus, make_segmenter_model, tiny_segmenter
from lexiscope.testing.parts import RUN
from lexiscope.views.case_grid import CaseGrid, PreparedCase
from lexiscope.views.voxels import Voxels

DISC = Structure(("disc",), threshold=0.5, presence=0.0)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_masked_corpus(tmp_path_factory.mktemp("masked") / "corpus", 10)


@pytest.fixture(scope="module")
def model(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> ModelDirectory:
    return make_segmenter_model(corpus, tmp_path_factory.mktemp("segmenter") / "model")


@pytest.mark.slow
def test_the_report_has_what_readers_need(model: ModelDirectory, corpus: Corpus) -> None:
    report = evaluate_model(model, corpus, task="segment", split="test", foreign=2).to_dict()
    assert report["metrics"].keys() == {"disc", "square", "mean_dsc", "absent_false_positive_rate"}
    assert report["metrics"]["disc"].keys() == {"dsc", "iou", "hd95_mm", "nsd", "group_dsc"}
    assert report["metrics"]["disc"]["dsc"]["n"] == 2
    assert 0 < report["metrics"]["disc"]["dsc"]["chance"] < 1
    assert report["without"].keys() == {"t1", "t2"}
    assert report["parameters"] == {"trainable": 5, "total": 9}
    assert report["false_positives"].keys() == {"annotated", "foreign", "unseen foreign"}
    assert report["metrics"]["absent_false_positive_rate"]["value"] == 1.0  # it paints everything
    assert report["baselines"].keys() >= {"other_sentence"}


def _scores(*values: float | None) -> list[MaskScores | None]:
    return [None if value is None else MaskScores(value, value, 0.0, value) for value in values]


def test_slices_of_one_group_can_be_taken_together() -> None:
    cases = [Case(f"c{n}", group, Provenance("testing")) for n, group in enumerate("aab")]
    counts = np.array(
        [[8, 10, 10], [0, 2, 0], [0, 0, 4]]
    )  # a thick slice, one without it that is painted, a missed one
    measure = SegmentMeasure(cases, 0, 100, {})
    together = measure.of_groups({"x": counts})["x"]["group_dsc"]
    assert together.value == pytest.approx((2 * 8 / 22 + 0) / 2)
    nowhere = measure.of_groups({"x": np.array([[0, 2, 0], [0, 0, 0], [3, 3, 3]])})["x"]["group_dsc"]
    assert (nowhere.value, nowhere.groups) == (1.0, 1)


def test_groups_weigh_the_same_and_cases_without_the_structure_do_not_count() -> None:
    cases = [Case(f"c{n}", group, Provenance("testing")) for n, group in enumerate("aab")]
    measure = SegmentMeasure(cases, 0, 100, {"x": _scores(0.1, None, 0.3)})
    dsc = measure.by_structure({"x": _scores(1.0, 0.5, 0.25)}, unit="mm")["x"]["dsc"]
    assert (dsc.value, dsc.chance) == (pytest.approx(0.5), pytest.approx(0.2))
    assert measure.by_structure({"x": _scores(1.0, None, 0.5)}, unit="mm")["x"]["dsc"].value == pytest.approx(0.75)
    assert measure.by_case({"x": np.array([1.0, np.nan, 0.5])}) == {"c0": {"x": 1.0}, "c1": {}, "c2": {"x": 0.5}}


def test_structures_weigh_the_same_however_many_cases_have_them() -> None:
    cases = [Case(f"c{n}", f"g{n}", Provenance("testing")) for n in range(4)]
    measure = SegmentMeasure(cases, 0, 200, {})
    rare = np.array([0.0, np.nan, np.nan, np.nan])
    mean = measure.mean_dsc({"often": np.full(4, 0.8), "rare": rare})
    assert (mean.value, mean.groups) == (pytest.approx(0.4), 4)
    assert (mean.low, mean.high) == (pytest.approx(0.4), pytest.approx(0.8))  # no resample without any score
    less = measure.difference({"often": np.full(4, 0.8), "rare": rare}, {"often": np.full(4, 0.7), "rare": rare + 0.3})
    assert less.value == pytest.approx((0.1 - 0.3) / 2)
    assert (measure.mean_dsc({}).value, measure.mean_dsc({"rare": np.full(4, np.nan)}).value) == (None, None)


def test_differences_are_paired_over_what_both_have_a_score_of() -> None:
    cases = [Case(f"c{n}", f"g{n}", Provenance("testing")) for n in range(3)]
    measure = SegmentMeasure(cases, 0, 100, {})
    ours = {"x": np.array([0.9, 0.5, 0.1]), "y": np.array([0.2, 0.2, 0.2])}
    less = measure.difference(ours, {"x": np.array([0.8, 0.4, np.nan])})
    assert (less.value, less.n) == (pytest.approx(0.1), 2)
    assert (less.low, less.high) == (
        pytest.approx(0.1),
        pytest.approx(0.1),
    )  # paired: equal in every case


def test_a_false_positive_is_more_than_a_thousandth() -> None:
    cases = [Case(f"c{n}", f"g{n}", Provenance("testing")) for n in range(2)]
    rate = SegmentMeasure(cases, 0, 100, {}).false_positives([[[0.0005, 0.2], []]])
    assert (rate.value, rate.groups) == (0.5, 1)


def test_a_split_without_masks_is_refused(model: ModelDirectory, tmp_path: Path) -> None:
    plain = make_corpus(tmp_path / "plain", 10)
    with pytest.raises(EvaluationError, match=r"expected masks of disc, square in split 'test' .*it has test, train"):
        evaluate_model(model, plain, task="segment", split="test", accept_leak="another corpus")


def test_a_corpus_without_splits_says_how_all_of_it_is_measured(model: ModelDirectory, tmp_path: Path) -> None:
    other = make_masked_corpus(tmp_path / "other", 3, seed=1)
    other.upsert([replace(case, split=None) for case in other])
    asked = {"task": "segment", "foreign": 0, "without": False, "accept_leak": "simulated alike"}
    with pytest.raises(EvaluationError, match=r"it has no splits.*corpus split .*other --fraction test=1"):
        evaluate_model(model, other, **asked)
    split_corpus(other, fractions={"test": 1.0})
    assert evaluate_model(model, other, **asked).to_dict()["n"] == 3


def test_other_sentences_and_missing_modalities_are_asked_of_the_same_cases(
    model: ModelDirectory, corpus: Corpus
) -> None:
    report = evaluate_model(model, corpus, task="segment", split="test", foreign=0, limit=1).to_dict()
    assert report["cases"] == 1
    assert np.isfinite(report["without"]["t1"]["value"])
    assert report["without"]["t2"] == report["metrics"]["mean_dsc"] | {"chance": report["without"]["t2"]["chance"]}
    assert report["cost"]["by_case"].keys() == report["by_case"].keys()


def test_a_modality_that_a_case_lacks_changes_nothing_and_one_that_is_all_it_has_gives_no_score(
    model: ModelDirectory, corpus: Corpus, tmp_path: Path
) -> None:
    lone = Corpus.open(_copied(corpus, tmp_path))
    lone.upsert([replace(case, images={"t1": case.images["t1"]}) for case in lone.cases("test")])
    report = evaluate_model(model, lone, task="segment", foreign=0, subsets=True, accept_leak="a copy").to_dict()
    assert report["without"]["t2"]["value"] == report["metrics"]["mean_dsc"]["value"]
    assert (report["without"]["t1"]["value"], report["without"]["t1"]["n"]) == (None, 0)
    subsets = report["subsets"]
    assert subsets.keys() == {"t1", "t2", "t1 + t2"}
    assert subsets["t1 + t2"] == subsets["t1"] == report["without"]["t2"]
    assert (subsets["t2"]["value"], subsets["t2"]["n"]) == (None, 0)
    assert subsets["t1"]["low"] <= subsets["t1"]["value"] <= subsets["t1"]["high"]


@pytest.mark.parametrize("fusion", ["early", "late"])
def test_sets_of_modalities_together_give_the_masks_of_each_alone(tmp_path: Path, fusion: str) -> None:
    modalities = {"a": 1, "b": 1, "c": 1}
    network = tiny_segmenter(modalities=modalities, fusion=fusion)
    with torch.no_grad():
        for weight in network.decoder.parameters():
            weight.add_(0.2 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(0)))
    content = SegmenterContent(network, CaseGrid(channels=modalities), (16, 16), {"disc": DISC})
    ModelDirectory(tmp_path).save("segmenter", content, record=RUN)
    rng = np.random.default_rng(0)
    images = {name: rng.normal(size=(1, 1, 24, 24)).astype(np.float16) for name in modalities}
    images["c"][:, :, :, :9] = images["c"].min()  # air: fewer windows where it is shown alone
    opened = Asker(Delineator.open(tmp_path)).case(PreparedCase(images, grid=Grid((24, 24))))
    choices = subsets_of(list(modalities), every=True)
    together = opened.masks_of_choices(["disc", "the left one"], choices)
    alone = [opened.masks(["disc", "the left one"], modalities=choice) for choice in choices]
    assert len({mask["disc"].tobytes() for mask in together}) > 3
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_equal(one, other)


def test_every_file_is_decoded_once_whatever_is_asked(
    model: ModelDirectory, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    decode = Voxels.read
    monkeypatch.setattr(Voxels, "read", lambda path, spacing=None: read.append(path) or decode(path, spacing))
    evaluate_model(model, corpus, task="segment", subsets=True, probes=True, limit=1)
    assert len(read) == len(set(read)) == 4  # two images, two masks


@pytest.mark.slow
def test_sentences_of_every_source_are_measured_beside_the_name(
    model: ModelDirectory, corpus: Corpus, tmp_path: Path
) -> None:
    written = Corpus.open(_copied(corpus, tmp_path))
    told = "Segment the {}. It lies on the left. It is bright."
    written.upsert(
        [
            replace(case, texts=[Passage("instruction", told.format(name), "measured", name) for name in case.masks])
            for case in written
        ]
    )
    report = evaluate_model(model, written, task="segment", probes=True, foreign=0, accept_leak="a copy").to_dict()
    assert report["sentences"].keys() == {
        "label-name",
        "measured",
        "none",
        "shuffled",
        "wrong structure",
        "unseen wording",
        "a sentence left out",
        "places changed",
        "ladder 1",
        "ladder 2",
        "ladder 3",
    }
    assert report["sentences"]["label-name"]["mean_dsc"]["value"] == report["metrics"]["mean_dsc"]["value"]
    assert report["sentences"]["label-name"]["less_label_name"]["value"] == 0.0
    assert {"square", "disc", "worst"} == report["wrong_name"].keys()
    assert "disc" in report["wrong_name"]["square"]
    assert all("disc" in wording for wording in report["unseen_wording"]["disc"])
    assert {one["value"] for one in report["unseen_wording"]["disc"].values()} == {0.0}  # it paints everything always


def test_another_model_is_measured_on_the_same_cases(model: ModelDirectory, corpus: Corpus) -> None:
    report = evaluate_model(model, corpus, task="segment", foreign=0, without=False, against=model.path).to_dict()
    assert report["baselines"]["other_model"]["mean_dsc"]["value"] == report["metrics"]["mean_dsc"]["value"]
    less = report["differences"]["other_model"]["mean_dsc"]
    assert (less["value"], less["low"], less["high"]) == (0.0, 0.0, 0.0)
    assert str(model.path) in report["verdicts"][0]


def test_a_leak_of_the_other_model_is_refused_or_accepted_for_a_reason(
    model: ModelDirectory, corpus: Corpus, tmp_path: Path
) -> None:
    leaking = Corpus.open(_copied(corpus, tmp_path))
    leaking.upsert([replace(case, split="train") for case in leaking])
    other = make_segmenter_model(leaking, tmp_path / "other")
    chosen = {"task": "segment", "foreign": 0, "without": False, "against": other.path}
    with pytest.raises(LeakageError, match="accept-leak"):
        evaluate_model(model, corpus, **chosen)
    report = evaluate_model(model, corpus, **chosen, accept_leak="only to compare").to_dict()
    assert report["audit"]["accepted"] is None  # the model itself learned from nothing of this
    assert report["baselines"]["other_model"]["mean_dsc"]["n"] == report["metrics"]["mean_dsc"]["n"]
    assert any("only to compare" in note for note in report["notes"])


def test_scores_lie_on_the_grid_of_the_first_mask(corpus: Corpus) -> None:
    case = next(corpus.cases("test"))
    read = MeasuredCase.read(corpus, case, modalities=["t1"], structures=["disc", "square"])
    assert {mask.shape for mask in read.truth().values()} == {(1, 32, 32)}
    assert read.spacing == (1.0, 1.0, 1.0)


def _copied(corpus: Corpus, folder: Path) -> Path:
    return Path(shutil.copytree(corpus.path, folder / "copy"))
