"""The Medical Segmentation Decathlon (https://arxiv.org/abs/2106.05735): dataset.json, imagesTr, labelsTr.

Holds volumes in one fixed order of modalities and one label image a case, whose values are named in dataset.json: 1 is
the first structure of the corpus by name, and so on. Cases that lack a modality, whose modalities or masks lie on
different grids, whose masks overlap, that are annotated for some of the structures only (the format would call the
others absent), or with another split than train, val and test are left out. One modality is copied unchanged, several
are stacked into one 4-D NIfTI. Texts, turns and attributes are not part of the format; `sources.nifti` reads it back.
"""

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.files import new_directory, write_json
from lexiscope.core.progress import Progress
from lexiscope.corpus.exchange.form import ExportReport, Form, safe_name, suffix_of
from lexiscope.corpus.exchange.merged_labels import MergedLabels, merged_labels
from lexiscope.corpus.masks import structures_of
from lexiscope.corpus.store import Corpus
from lexiscope.sources.scans.nifti.source import NiftiSource

_LISTS = {None: "training", "train": "training", "val": "validation", "test": "test"}


def _write(corpus: Corpus, out: Path, progress: Progress | None) -> ExportReport:
    modalities = sorted({image["modality"] for row in corpus.rows(columns=["images"]) for image in row["images"]})
    structures = sorted(structures_of(corpus))
    if not modalities:
        raise UsageError(f"{corpus.path} has no images, and MSD is a layout of images; export it as parquet")
    entries: dict[str, list[dict[str, str]]] = {name: [] for name in ("training", "validation", "test")}
    left_out: Counter[str] = Counter()
    left_behind: Counter[str] = Counter()
    licences: set[str] = set()
    with new_directory(out) as folder:
        for name in ("imagesTr", "labelsTr"):
            (folder / name).mkdir()
        for case in corpus:
            why = _unfit(case, modalities, structures) or _write_image(corpus, case, modalities, folder)
            labels = None if why or not case.masks else merged_labels(corpus, case, structures)
            if why or isinstance(labels, str):
                left_out[why or str(labels)] += 1
                continue
            entries[_LISTS[case.split]].append(_entry(corpus, case, folder, labels))
            left_behind.update({"values of masks": 0 if labels is None else labels.several})
            licences.add(case.provenance.licence)
            left_behind.update(texts=len(case.texts), turns=len(case.turns), attributes=len(case.attributes))
            if progress is not None:
                progress(sum(map(len, entries.values())), len(corpus), "cases")
        report = ExportReport.of(sum(map(len, entries.values())), left_out, left_behind)
        if not report.cases:
            raise UsageError(f"no case of {corpus.path} fits MSD ({report.reason}); export it as parquet")
        write_json(folder / "dataset.json", _dataset(out.name, modalities, structures, entries, licences))
    return report


def _unfit(case: Case, modalities: list[str], structures: list[str]) -> str:
    if sorted(case.images) != modalities:
        return "lacking a modality"
    if case.split not in _LISTS:
        return "in a split that MSD does not know"
    if case.masks and sorted(case.masks) != structures:
        return "annotated for some of the structures only"
    if any(image.format != "nifti" for image in [*case.images.values(), *case.masks.values()]):
        return "that are not NIfTI"
    return ""


def _write_image(corpus: Corpus, case: Case, modalities: list[str], folder: Path) -> str:
    """Write the image of a case; gives why not, when its modalities cannot be stacked."""
    paths = [corpus.checked_path(case.images[modality]) for modality in modalities]
    target = folder / _image_name(corpus, case)
    if len(paths) == 1:
        shutil.copyfile(paths[0], target)
        return ""
    import nibabel
    import numpy as np

    volumes = [nibabel.load(path) for path in paths]
    first = volumes[0]
    if any(v.shape != first.shape or not np.allclose(v.affine, first.affine, atol=1e-3) for v in volumes[1:]):
        return "whose modalities lie on different grids"
    stacked = np.stack([np.asanyarray(volume.dataobj) for volume in volumes], axis=-1)
    nibabel.save(nibabel.Nifti1Image(stacked, first.affine), target)
    return ""


def _entry(corpus: Corpus, case: Case, folder: Path, labels: MergedLabels | None) -> dict[str, str]:
    entry = {"image": f"./{_image_name(corpus, case)}"}
    if labels is not None:
        entry["label"] = f"./labelsTr/{safe_name(case.id)}.nii.gz"
        (folder / entry["label"]).write_bytes(labels.data)
    return entry


def _image_name(corpus: Corpus, case: Case) -> str:
    only = next(iter(case.images.values()))
    suffix = suffix_of(corpus.object_path(only)) if len(case.images) == 1 else ".nii.gz"
    return f"imagesTr/{safe_name(case.id)}{suffix}"


def _dataset(
    name: str,
    modalities: list[str],
    structures: list[str],
    entries: dict[str, list[dict[str, str]]],
    licences: set[str],
) -> dict[str, Any]:
    return {
        "name": name,
        "tensorImageSize": "3D" if len(modalities) == 1 else "4D",
        "licence": licences.pop() if len(licences) == 1 else "mixed",
        "modality": {str(number): modality for number, modality in enumerate(modalities)},
        "labels": {str(value): structure for value, structure in enumerate(["background", *structures])},
        "numTraining": len(entries["training"]),
        "numTest": len(entries["test"]),
        **entries,
    }


MSD = Form(_write, NiftiSource)
