"""Masks for files and cases: on the grid of what came, measured, written, and refused where there is nothing to ask."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import imagecodecs
import nibabel as nib
import numpy as np
import pytest
import torch

from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.parts.segmenter import SegmenterContent, Structure
from lexiscope.models.segmenter.case_features import case_features
from lexiscope.models.segmenter.segmenter import Segmenter, SegmenterOutput
from lexiscope.models.segmenter.windows import segment_case
from lexiscope.tasks.segment.delineate import Delineator, DelineatorSettings, segment
from lexiscope.tasks.segment.delineate_request import DelineateRequest
from lexiscope.tasks.segment.found_mask import FoundMask, largest_diameters, side_of
from lexiscope.tasks.segment.mask_files import write_mask
from lexiscope.tasks.segment.notes import notes_of
from lexiscope.testing.masked import make_masked_corpus, tiny_segmenter
from lexiscope.testing.models import tiny_ood_detector
from lexiscope.testing.parts import RUN
from lexiscope.testing.tasks import check_task
from lexiscope.views.case_grid import CaseGrid
from lexiscope.views.stored_grid import StoredGrid


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelDirectory:
    """A segmenter that was never trained, with a threshold that outlines about half of everything."""
    segmenter, grid = tiny_segmenter(), CaseGrid(channels={"t1": 1, "t2": 1})
    noise = {"t1": np.random.default_rng(0).normal(size=(1, 1, 16, 16)).astype(np.float16)}
    half = segment_case(segmenter, noise, segmenter.embed(["disc"]), window=(16, 16)).probability(0).median()
    structures = {name: Structure((name, f"the {name}"), threshold=float(half)) for name in ("disc", "square")}
    content = SegmenterContent(segmenter, grid, (16, 16), structures)
    made = ModelDirectory(tmp_path_factory.mktemp("segmenter") / "model")
    made.save("segmenter", content, record=RUN)
    return made


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_masked_corpus(tmp_path_factory.mktemp("volumes") / "corpus", 3, volumes=True)


def _folder(path: Path, corpus: Corpus, *, flip: tuple[int, ...] = ()) -> Path:
    """A case as a folder of files, some of its stored axes the other way round, affine and all."""
    path.mkdir()
    case = corpus["case-0000"]
    for name, image in case.images.items():
        scan = nib.load(corpus.object_path(image))
        turn = np.array([[axis, -1 if axis in flip else 1] for axis in range(3)])
        scan.as_reoriented(turn).to_filename(path / f"{name}.nii.gz")
    return path


def test_images_unlike_those_of_the_training_are_warned_about(model: ModelDirectory, volumes: Corpus) -> None:
    given = Delineator.read(model, "case-0000", corpus=volumes)
    with Delineator.open(model) as delineator:
        request = DelineateRequest.of({"structure": ("disc",)})
        assert delineator.predict(given, request).out_of_distribution is None  # nothing is known of the training
        features = case_features(delineator.content.segmenter, given.prepared.images, window=(16, 16))
        ood = tiny_ood_detector({name: x.shape[1] for name, x in features.items()}, spread=1e-6)
        delineator.content = replace(delineator.content, ood=ood)
        far = delineator.predict(given, request).out_of_distribution
    assert far is not None
    assert far.p_value == pytest.approx(1 / 31)


def test_it_keeps_the_contract_of_tasks(model: ModelDirectory, volumes: Corpus) -> None:
    check_task(
        Delineator, model, given=Delineator.read(model, "case-0000", corpus=volumes), request={"structure": ("disc",)}
    )


def test_masks_lie_on_the_file_that_came_whatever_its_orientation(
    model: ModelDirectory, volumes: Corpus, tmp_path: Path
) -> None:
    plain = segment(model, _folder(tmp_path / "plain", volumes), structure=("disc",), out=tmp_path / "a")[0]
    turned = segment(
        model, _folder(tmp_path / "turned", volumes, flip=(0, 2)), structure=("disc",), out=tmp_path / "b"
    )[0]
    files = [Path(one.to_dict()["value"]["masks"][0]["file"]) for one in (plain, turned)]
    masks = [nib.load(file) for file in files]
    assert masks[0].shape == nib.load(tmp_path / "plain" / "t1.nii.gz").shape
    np.testing.assert_allclose(masks[1].affine, nib.load(tmp_path / "turned" / "t1.nii.gz").affine)
    assert 0 < np.asarray(masks[0].dataobj).sum() < np.prod(masks[0].shape)
    np.testing.assert_array_equal(np.asarray(masks[1].dataobj)[::-1, :, ::-1], np.asarray(masks[0].dataobj))


def test_pictures_get_pictures(model: ModelDirectory, tmp_path: Path) -> None:
    from PIL import Image

    planes = make_masked_corpus(tmp_path / "planes", 1)
    found = segment(model, "case-0000", corpus=planes, out=tmp_path / "masks", uncertainty=True)[0].to_dict()
    for one in found["value"]["masks"]:
        mask = np.asarray(Image.open(one["file"]))
        assert mask.shape == (32, 32)
        assert set(np.unique(mask)) <= {0, 255}
        assert int((mask > 0).sum()) == one["voxels"]
        assert Image.open(one["uncertainty"]).size == (32, 32)
    assert [one["sentence"] for one in found["value"]["masks"]] == ["disc", "square"]


@pytest.mark.parametrize(("mirrors", "value"), [((), 0), ((0,), 0), ((1,), 255), ((0, 1), 255)])
def test_where_mirrored_copies_disagree_it_is_unsure(
    model: ModelDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mirrors: tuple[int, ...], value: int
) -> None:
    def left_half(self: Any, read: Any, sentences: torch.Tensor, shown: Any) -> Iterator[SegmenterOutput]:
        logits = torch.full((*sentences.shape[:2], *read.levels[0].shape[-2:]), -30.0)
        logits[..., :8] = 30.0
        yield SegmenterOutput(logits, torch.zeros(sentences.shape[:2]), ())

    monkeypatch.setattr(Segmenter, "decode", left_half)
    picture = np.random.default_rng(0).integers(0, 255, (16, 16), np.uint8)
    (tmp_path / "t1.png").write_bytes(imagecodecs.png_encode(picture))
    with Delineator.open(model) as delineator:
        structures = {"disc": Structure(("disc",), threshold=0.5)}
        delineator.content = replace(delineator.content, mirrors=mirrors, structures=structures)
        given = Delineator.read(model, tmp_path / "t1.png", modality="t1")
        asked = DelineateRequest(structure=("disc",), out=tmp_path / "masks", uncertainty=True)
        (mask,) = delineator.predict(given, asked).value["masks"]
    assert set(imagecodecs.imread(mask.uncertainty).ravel()) == {value}
    assert int(mask.mask.sum()) == (0 if value else 8 * 16)


def test_windows_and_masks_are_told_as_they_are_done(model: ModelDirectory, volumes: Corpus) -> None:
    told: list[tuple[int, int | None, str]] = []
    segment(model, "case-0000", corpus=volumes, progress=lambda *step: told.append(step))
    windows = [step for step in told if step[2] == "windows"]
    assert windows == [(done, len(windows), "windows") for done in range(1, len(windows) + 1)]
    assert len(windows) > 1
    assert told[len(windows) :] == [(1, 2, "masks"), (2, 2, "masks")]


def test_overlaps_of_sentences_are_kept_and_said(model: ModelDirectory, volumes: Corpus) -> None:
    masks = segment(model, "case-0000", corpus=volumes, structure=("disc", "square"))[0].value["masks"]
    shared = int((masks[0].mask & masks[1].mask).sum())
    assert shared > 0  # untrained, every sentence gives the same
    assert masks[0].to_dict()["overlaps"] == {"square": shared}


def test_wrong_questions_are_refused(model: ModelDirectory, volumes: Corpus) -> None:
    with pytest.raises(UsageError, match="none of them empty, got"):
        segment(model, "case-0000", corpus=volumes, instruction=("the disc", " "))
    given = Delineator.read(model, "case-0000", corpus=volumes)
    with (
        Delineator.open(model) as delineator,
        pytest.raises(UsageError, match=r"that the model learned \(disc, square\), got liver"),
    ):
        delineator.predict(given, DelineateRequest(structure=("liver",)))


def test_a_scan_of_a_modality_never_seen_is_refused(model: ModelDirectory, volumes: Corpus, tmp_path: Path) -> None:
    (tmp_path / "flair.nii.gz").write_bytes(volumes.object_path(volumes["case-0000"].images["t1"]).read_bytes())
    with pytest.raises(UsageError, match="expected image files named after t1, t2"):
        segment(model, tmp_path)


def test_sizes_are_in_units() -> None:
    mask = np.zeros((2, 10, 10), bool)
    mask[0, 2:6, 7:9] = True
    volume = FoundMask("the disc", "disc", mask, True, 0.9, (5.0, 2.0, 1.0), "mm", sided=True).to_dict()
    assert volume["volume_ml"] == pytest.approx(8 * 10 / 1000)
    assert volume["diameters"][0] == pytest.approx(np.hypot(6, 1))
    assert volume["side"] == "right"
    plane = FoundMask("the disc", "disc", mask[:1], True, 0.9, (50.0, 50.0), "nm").to_dict()
    assert plane["area_um2"] == pytest.approx(8 * 2500 / 1e6)
    unknown = FoundMask("the disc", "disc", mask, True, 0.9).to_dict()
    assert not {"volume_ml", "area_um2", "diameters", "side"} & unknown.keys()
    assert json.dumps(volume)


def test_only_a_scan_with_air_around_the_body_has_sides(model: ModelDirectory, tmp_path: Path) -> None:
    x, y, _ = np.mgrid[:32, :32, :4]
    head = ((x - 15.5) ** 2 + (y - 15.5) ** 2 < 13**2) * np.random.default_rng(0).normal(100, 9, x.shape)
    found = {}
    for name, scan in (("whole", head), ("cut out", head[8:24, 8:24])):
        nib.Nifti1Image(scan.astype(np.int16), np.eye(4)).to_filename(tmp_path / "t1.nii.gz")
        found[name] = segment(model, tmp_path / "t1.nii.gz", modality="t1", structure=("disc",))[0].value["masks"][0]
    assert [one.present for one in found.values()] == [True, True]
    assert ["side" in one.to_dict() for one in found.values()] == [True, False]


def test_empty_masks_have_no_size_and_no_side() -> None:
    empty = np.zeros((1, 4, 4), bool)
    assert largest_diameters(empty, (1.0, 1.0)) == []
    assert side_of(empty) == "none"
    single = empty.copy()
    single[0, 1, 1] = True
    assert largest_diameters(single, (1.0, 1.0)) == [0.0, 0.0]


def test_a_stack_of_a_microscope_gets_a_stack(tmp_path: Path) -> None:
    import tifffile

    mask = np.zeros((3, 8, 6), bool)
    mask[0, 2:4, 1:3] = mask[2, 5:7, 2:5] = True
    file = write_mask(mask, StoredGrid(None), tmp_path, "rim")
    np.testing.assert_array_equal(tifffile.imread(file), mask * np.uint8(255))


def test_notes_say_in_words_what_to_know_of_masks(model: ModelDirectory, volumes: Corpus) -> None:
    told = segment(model, "case-0000", corpus=volumes, structure=("disc", "square"))[0].value
    shared = told["masks"][0].overlaps["square"]
    assert told["notes"] == [
        f"the masks of 'disc' and 'square' share {shared:,} voxels",
        "the volume was read slice by slice, 8 of them: the segmenter learned from planes",
    ]
    found = FoundMask("a balloon", None, np.zeros((1, 4, 4), bool), False, 0.0, distance=0.7, lowered=True)
    given = Delineator.read(model, "case-0000", corpus=volumes)
    grid = CaseGrid(channels={"t1": 1, "t2": 1}, spacing=(2.0, 2.0))
    far, lowered, _ = notes_of([found], given, grid, learned=["disc"])
    assert "'a balloon' is far from every sentence of the training (distance 0.70" in far
    assert far.endswith("the segmenter learned disc")
    long, *_, unknown = notes_of([replace(found, sentence="x" * 999)], replace(given, spacing=None), grid, learned=[])
    assert len(long) < 300
    assert unknown == "the image does not say how large its voxels are: they were taken for 2 x 2, as in training"
    assert "above half of it" in lowered


def test_an_instruction_like_those_of_the_training_is_near_and_one_of_another_subject_is_far(
    model: ModelDirectory,
) -> None:
    place = "It lies on the left side."
    vectors = {
        "disc": [1.0, 0.0, 0.0],
        "Segment the disc.": [0.96, 0.28, 0.0],
        "Mark the liver.": [0.0, 1.0, 0.0],
        place: [0.0, 0.0, 1.0],
        f"Segment the disc. {place}": [0.6, 0.0, 0.8],
        f"Mark the liver. {place}": [0.0, 0.6, 0.8],
    }
    segmenter: Any = SimpleNamespace(embed=lambda texts: torch.tensor([vectors[text] for text in texts]))
    names = SegmenterContent(segmenter, CaseGrid(channels={"t1": 1}), (16, 16), {"disc": Structure(("disc",))})

    def distance(content: SegmenterContent, sentence: str) -> float:
        known = Delineator(model, content, DelineatorSettings()).known
        return round(known.distance(*known.read([sentence])), 3)

    told = replace(names, instructions=np.array([[0.6, 0.0, 0.8]], np.float32))
    assert distance(names, f"Segment the disc. {place}") == 0.4  # a training that asked with names alone
    assert distance(told, f"Segment the disc. {place}") == 0.04  # as far as its sentence about the disc
    assert distance(told, f"Mark the liver. {place}") == 1.0
    assert distance(told, "Segment the disc.") == 0.04


def test_one_name_is_a_name_and_files_without_a_folder_are_said_to_be_missing(
    model: ModelDirectory, volumes: Corpus
) -> None:
    asked: dict[str, Any] = {"structure": "disc", "instruction": "the square", "uncertainty": True}
    told = segment(model, "case-0000", corpus=volumes, **asked)[0].value
    assert [one.sentence for one in told["masks"]] == ["the square", "disc"]
    assert told["notes"][-1] == (
        "nothing was written, no map of uncertainty either: name a folder for the files with --out"
    )


def test_what_is_missing_is_said(model: ModelDirectory, volumes: Corpus, tmp_path: Path) -> None:
    case = volumes["case-0000"]
    (tmp_path / "t1.nii.gz").write_bytes(volumes.object_path(case.images["t1"]).read_bytes())
    assert segment(model, tmp_path)[0].value["notes"][-1] == "read without t2, which the segmenter knows, too"
