"""`Input`: what a task is pointed at: an image file, a folder of sequences, a DICOM study, or a case of a corpus."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.files import sha256_file
from lexiscope.corpus import Corpus
from lexiscope.sources.pixels import read_pixels
from lexiscope.tasks.input_files import input_files
from lexiscope.views import ImageBatch, View, ViewCache, load_batch


@dataclass(frozen=True)
class Input:
    """One case to work on.

    Args:
        name: The id of the case, or the path as it was given.
        images: Prepared images, a batch of one.
        contents: SHA-256 of its image files, by which a patient, paper or specimen is known again; see
            `EvidenceCases.excluded_groups`.
        group: Patient, paper or specimen of the case; None for files that belong to no corpus.
    """

    name: str
    images: ImageBatch
    contents: frozenset[str]
    group: str | None

    def without(self, modalities: Collection[str]) -> "Input":
        """The same case, as if it had no image of some modalities: what would be said without them.

        Raises:
            UsageError: it has no image of one of them, or nothing is left.
        """
        present = {name for name, mask in self.images.present.items() if bool(mask.any())}
        if unknown := sorted(set(modalities) - present):
            has = ", ".join(sorted(present))
            raise UsageError(f"expected images that {self.name} has ({has}) to leave out, got {', '.join(unknown)}")
        if present <= set(modalities):
            raise UsageError(f"expected an image of {self.name} to be left, got all of them to leave out; leave fewer")
        images = {name: x * 0 if name in modalities else x for name, x in self.images.images.items()}
        masks = {name: mask & (name not in modalities) for name, mask in self.images.present.items()}
        return replace(self, images=ImageBatch(images, masks))


def read_input(
    image: Path | str,
    *,
    views: Mapping[str, View],
    corpus: Corpus | Path | str | None = None,
    modality: str | None = None,
) -> Input:
    """Read the images that a prediction is about.

    Args:
        image: An image file; a folder with one image file for each modality, named after it; DICOM files of one study;
            or, with `corpus`, the id of a case.
        views: The model's views, by modality.
        corpus: The corpus that holds the case.
        modality: What an image file or a DICOM series shows, when the model reads several modalities.

    Raises:
        UsageError: an input that fits no modality, or a case without such an image.
        SourceError: an image file that cannot be read.
        CorpusError: no such case.
    """
    if corpus is not None:
        opened = Corpus.of(corpus)
        case = opened[str(image)]
        _need_image(case, views)
        batch = load_batch(opened, [case], views, ViewCache(opened.path / ".views"))
        return Input(case.id, batch, frozenset(file.content for file in case.images.values()), case.group)
    images = {name: torch.zeros(1, *view.shape, dtype=torch.float16) for name, view in views.items()}
    with input_files(Path(image), views, modality=modality) as files:
        for name, file in files.items():
            images[name][0] = torch.from_numpy(views[name].prepare(read_pixels(file.path), file.spacing))
        contents = frozenset(sha256_file(file.path) for file in files.values())
    present = {name: torch.tensor([name in files]) for name in views}
    return Input(str(image), ImageBatch(images, present), contents, None)


def _need_image(case: Case, views: Mapping[str, View]) -> None:
    if not case.images.keys() & views.keys():
        has = ", ".join(sorted(case.images)) or "no image"
        msg = f"expected a case with an image of {' or '.join(sorted(views))}, got {case.id} with {has}"
        raise UsageError(f"{msg}; ask about another case, or train a model that reads it")
