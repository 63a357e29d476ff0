"""Segmentation as a lab types it: scans with masks and a table, to instructions, a model, masks and a report."""

import csv
import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.corpus import Corpus

TINY = ("--epochs", "1", "--windows", "8", "--width", "4")


def run(*words: str | Path) -> dict:
    done = CliRunner().invoke(app, [*map(str, words), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout.splitlines()[-1])


def _save(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(values, np.diag([2.0, 2.0, 3.0, 1.0])), path)


def _volume(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Noise with a bright box in one half and a dark one in the other, and the label image of both."""
    labels = np.zeros(shape, np.uint8)
    for value, left in ((1, 2), (2, shape[0] // 2 + 1)):
        x, y, z = rng.integers((left, 2, 0), (left + 4, shape[1] - 8, 2))
        labels[x : x + 5, y : y + 6, z : z + 3] = value
    image = rng.normal(100, 15, shape) + 60 * (labels == 1) - 60 * (labels == 2)
    return image.astype(np.float32), labels


def _split(number: int) -> str:
    return "test" if number % 4 == 3 else "val" if number % 4 == 2 else "train"


@pytest.mark.slow
@pytest.mark.weights
def test_case_folders_with_a_table_become_masks_and_a_report(tmp_path: Path) -> None:
    rng, cases = np.random.default_rng(0), tmp_path / "cases"
    for number in range(12):
        image, labels = _volume(rng, (32, 28, 4))
        _save(cases / f"p{number:02}" / "flair.nii.gz", image)
        _save(cases / f"p{number:02}" / "pre.nii.gz", rng.normal(100, 15, image.shape).astype(np.float32))
        _save(cases / f"p{number:02}" / "mask.nii.gz", (labels == 1).astype(np.uint8))
    rows = [["case", "split", "age"], *([f"p{number:02}", _split(number), 40 + number] for number in range(12))]
    with (tmp_path / "cases.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    corpus, model = tmp_path / "corpus", tmp_path / "model"
    assert run("corpus", "build", corpus, cases, "--table", tmp_path / "cases.csv")["added"] == 12
    written = run("write", "instructions", corpus, "--structure", "tumour", "--with", "measured")
    assert (written["cases"], written["renamed"]) == (12, {"mask": "tumour"})
    made = run("train", "segment", corpus, "--out", model, "--fusion", "late", "--backbone", "cnn", *TINY)
    assert made["parameters"]["trainable"] < made["parameters"]["total"]
    told = run("segment", model, cases / "p03", "--structure", "tumour", "--out", tmp_path / "masks")
    (mask,) = told["value"]["masks"]
    assert mask.keys() >= {"sentence", "structure", "file", "voxels", "volume_ml", "present", "score"}
    assert nib.load(mask["file"]).shape == (32, 28, 4)
    assert int(np.asarray(nib.load(mask["file"]).dataobj).sum()) == mask["voxels"]
    report = run("evaluate", "segment", model, corpus, "--split", "test", "--subsets")
    assert report["metrics"]["tumour"].keys() >= {"dsc", "iou", "hd95_mm", "nsd"}
    assert report["metrics"]["tumour"]["dsc"].keys() >= {"value", "low", "high"}
    assert report["without"].keys() == {"flair", "pre"}
    assert report["subsets"].keys() == {"flair", "pre", "flair + pre"}


@pytest.mark.slow
@pytest.mark.weights
def test_volumes_of_two_structures_are_read_whole_and_measured(tmp_path: Path) -> None:
    rng, source = np.random.default_rng(1), tmp_path / "source"
    for number in range(12):
        image, labels = _volume(rng, (24, 20, 10))
        _save(source / "images" / f"h{number:02}.nii.gz", image)
        _save(source / "labels" / f"h{number:02}.nii.gz", labels)
    corpus, model = tmp_path / "corpus", tmp_path / "model"
    run("corpus", "build", corpus, source, "--structure", "anterior=1", "--structure", "posterior=2")
    made = run("train", "segment", corpus, "--out", model, *TINY)
    assert any("no splits" in note or "dealt" in note for note in made["notes"])
    report = run("evaluate", "segment", model, corpus, "--split", "test")
    assert report["metrics"].keys() == {"anterior", "posterior", "mean_dsc", "absent_false_positive_rate"}
    told = run(
        "segment", model, source / "images" / "h00.nii.gz", "--structure", "posterior", "--out", tmp_path / "out"
    )
    assert nib.load(told["value"]["masks"][0]["file"]).shape == (24, 20, 10)


def test_tables_tell_instances_from_classes(tmp_path: Path) -> None:
    labels = np.zeros((48, 48), np.uint16)
    for number in range(1, 26):
        labels[number, number] = number  # 25 nuclei: more values than a class column has
    Image.fromarray(np.arange(48 * 48, dtype=np.uint32).reshape(48, 48).astype(np.uint8)).save(tmp_path / "a.png")
    Image.fromarray(labels).save(tmp_path / "a_nuclei.png")
    Image.fromarray((labels % 3).astype(np.uint8)).save(tmp_path / "a_classes.png")
    table = tmp_path / "rows.csv"
    table.write_text("id,image,nuclei,mask,classes\na,a.png,a_nuclei.png,a_classes.png,background;oxide;crack\n")
    columns = ("--image-column", "image", "--id-column", "id")
    nuclei = ("--mask-column", "nuclei", "--structure", "nucleus=*")
    run("corpus", "build", tmp_path / "nuclei", table, *columns, *nuclei)
    (case,) = Corpus.open(tmp_path / "nuclei")
    assert {name: mask.marked for name, mask in case.masks.items()} == {"nucleus": 25}
    run("corpus", "build", tmp_path / "sem", table, *columns, "--mask-column", "mask", "--class-column", "classes")
    (case,) = Corpus.open(tmp_path / "sem")
    assert {name: mask.marked for name, mask in case.masks.items()} == {"oxide": 9, "crack": 8}
    words = ("corpus", "build", tmp_path / "none", table, *columns, "--mask-column", "nuclei")
    assert CliRunner().invoke(app, [*map(str, words)]).exit_code == 3
    assert "--structure" in (tmp_path / "none" / "rejected.jsonl").read_text()
