"""`ingest`: one draft -> one case, its image files checked, hashed and stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.case import Case
from lexiscope.core.errors import CaseError, LexiscopeError, SourceError
from lexiscope.core.files import sha256_file
from lexiscope.core.image import Image
from lexiscope.core.storable import check_name
from lexiscope.corpus.duplicates.perceptual_hash import perceptual_hash
from lexiscope.corpus.store import Corpus
from lexiscope.sources.draft import Draft, Encoded, ImageFile, Rejected
from lexiscope.sources.grid import Grid, grid_of_file, image_on_grid
from lexiscope.sources.on_disk import on_disk
from lexiscope.sources.pixels import Header, peek, read_header, read_pixels
from lexiscope.sources.steady import cannot_read


@dataclass(frozen=True, slots=True)
class Ingested:
    """Outcome of one draft: its case, or the reasons why there is none.

    Args:
        case: Case of the draft; None when the draft could not be used.
        hashes: Content hash -> perceptual hash of its images.
        rejected: Inputs of the draft that could not be used.
    """

    case: Case | None
    hashes: Mapping[str, bytes] = field(default_factory=dict)
    rejected: tuple[Rejected, ...] = ()


def ingest(draft: Draft, *, corpus: Corpus | None, known: Mapping[str, bytes], link: bool = False) -> Ingested:
    """Check, hash and store the image files of a draft, and make its case.

    An image or mask that cannot be read is rejected and the case goes on without it, and so is a mask off the grid of
    the images and a series of volumes; a draft that had images and loses all of them, or one where it needs every one,
    is rejected whole. What the formats left out, guessed or inverted is added to the steps of the provenance.

    Args:
        corpus: Corpus that stores the files; None checks them and stores nothing.
        known: Content hash -> perceptual hash of files that were decoded before; they are not decoded again.
        link: Reference image files where they lie instead of copying them.
    """
    try:
        return _ingest(draft, corpus=corpus, known=known, link=link)
    except (LexiscopeError, OSError, MemoryError):
        raise
    except Exception as error:  # a draft that no check foresaw costs itself, not the run
        reason = f"cannot be made a case: {type(error).__name__}: {error}"
        return Ingested(None, rejected=(Rejected(draft.id, reason, "correct it in the source or leave it out"),))


def _ingest(draft: Draft, *, corpus: Corpus | None, known: Mapping[str, bytes], link: bool) -> Ingested:
    hashes: dict[str, bytes] = {}
    rejected: list[Rejected] = []
    steps: list[str] = []
    take = partial(_take_files, corpus=corpus, known=known, link=link, hashes=hashes, rejected=rejected, steps=steps)
    images = take(draft.images)
    if len(images) < len(draft.images) and (draft.needs_every_image or not images):
        return Ingested(None, rejected=tuple(rejected))
    shown = {modality: file for modality, file in draft.images.items() if modality in images}
    masks = take(_on_their_grid(draft.masks, shown, rejected), are_masks=True)
    try:
        case = Case(
            id=draft.id,
            group=draft.group,
            provenance=replace(draft.provenance, steps=(*draft.provenance.steps, *steps)),
            images=images,
            masks=masks,
            texts=draft.texts,
            turns=draft.turns,
            attributes=draft.attributes,
            split=draft.split,
        )
    except CaseError as error:
        return Ingested(None, rejected=(*rejected, Rejected(draft.id, str(error), "correct it in the source")))
    return Ingested(case, hashes, tuple(rejected))


def _take_files(
    files: Mapping[str, ImageFile],
    *,
    corpus: Corpus | None,
    known: Mapping[str, bytes],
    link: bool,
    hashes: dict[str, bytes],
    rejected: list[Rejected],
    steps: list[str],
    are_masks: bool = False,
) -> dict[str, Image]:
    images = {}
    for modality, file in files.items():
        try:
            check_name("name of an image", modality)
            with on_disk(file.origin) as path:
                may_link = link and isinstance(file.origin, Path)
                take = partial(_take_file, path, file, modality=modality, corpus=corpus, link=may_link)
                image, perceptual, notes = take(known={}, is_mask=True) if are_masks else take(known=known)
        except (SourceError, CaseError) as error:
            remedy = error.remedy if isinstance(error, SourceError) else "correct it in the source"
            rejected.append(Rejected(_name(file.origin, modality), str(error), remedy))
            continue
        images[modality] = image
        if not are_masks:
            hashes[image.content] = perceptual
        steps += [f"{'mask ' if are_masks else ''}{modality}: {note}" for note in notes]
    return images


def _on_their_grid(
    masks: Mapping[str, ImageFile], images: Mapping[str, ImageFile], rejected: list[Rejected]
) -> dict[str, ImageFile]:
    """The masks that lie on the grid of an image of their case; the others are rejected."""
    grids = {modality: _grid(file) for modality, file in images.items()} if masks else {}
    kept = {}
    for name, file in masks.items():
        try:
            if grids:
                image_on_grid(_grid(file), grids, name=name)
            kept[name] = file
        except SourceError as error:
            rejected.append(Rejected(_name(file.origin, name), str(error), error.remedy))
    return kept


def _grid(file: ImageFile) -> Grid:
    with on_disk(file.origin) as path:
        return grid_of_file(path)


def _take_file(
    path: Path,
    file: ImageFile,
    *,
    modality: str,
    corpus: Corpus | None,
    known: Mapping[str, bytes],
    link: bool,
    is_mask: bool = False,
) -> tuple[Image, bytes, tuple[str, ...]]:
    content = _hash(path)
    perceptual, marked = known.get(content, b""), None
    if perceptual:
        header = read_header(path)
    else:  # decode the whole image once: what passes here can be read later
        header, pixels = peek(path)
        perceptual = b"" if is_mask else perceptual_hash(pixels)
        marked = _marked(path, header, pixels) if is_mask else None
    if header.format == "nifti" and header.channels > 1:
        from lexiscope.sources.formats.nifti import refuse_series  # nibabel takes 45 MB and 0.3 s

        refuse_series(path)
    spacing, unit = (header.spacing, header.unit) if file.spacing is None else (file.spacing, file.unit)
    image = Image(
        content=content,
        modality=modality,
        format=header.format,
        shape=header.shape,
        channels=header.channels,
        bits=header.bits,
        spacing=spacing,
        unit=unit,
        path=str(path.resolve()) if link else None,
        marked=marked,
    )
    if corpus is not None and not link:
        corpus.keep_object(path, content=content, image_format=image.format)
    return image, perceptual, header.notes


def _marked(path: Path, header: Header, pixels: NDArray[Any]) -> int:
    """Pixels of a mask above 0 in any channel; a JPEG was decoded smaller than it is."""
    whole = read_pixels(path) if header.format == "jpeg" else pixels
    return int(np.count_nonzero((whole > 0).any(axis=0)))


def _hash(path: Path) -> str:
    try:
        return sha256_file(path)
    except OSError as error:
        raise cannot_read(path, error) from error


def _name(origin: Path | Encoded, modality: str) -> str:
    return str(origin) if isinstance(origin, Path) else f"{modality}{origin.suffix} (made by the source)"
