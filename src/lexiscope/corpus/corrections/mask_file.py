"""`keep_mask`: an outline from a file -> a mask in the corpus's `objects/`, on the grid of one of its case's images."""

from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from lexiscope.core.case import Case
from lexiscope.core.errors import SourceError, UsageError
from lexiscope.core.files import flush_to_disk, sha256_file
from lexiscope.core.image import Image
from lexiscope.core.storable import check_name
from lexiscope.corpus.corrections.mask import CorrectedMask
from lexiscope.corpus.store import Corpus
from lexiscope.sources.grid import Grid, grid_of_file, image_on_grid
from lexiscope.sources.label_image import LabelImage, read_label_image
from lexiscope.sources.on_disk import on_disk
from lexiscope.sources.pixels import find_format, read_header

_FORMATS = ("png", "nifti")


def keep_mask(
    corpus: Corpus | Path | str, case: str, structure: str, file: Path, *, on: str | None = None
) -> CorrectedMask:
    """Check an outline and keep it as a mask of 0 and 1 under the hash of its bytes; the case itself is not changed.

    Args:
        corpus: An open corpus, or its directory.
        case: Id of the case.
        structure: Name of what is outlined.
        file: PNG (planes) or NIfTI (volumes) of 0 and one other value, on the grid of one of the case's images. With no
            pixel above 0 it says that the structure was searched for and is absent.
        on: Modality of the image on whose grid it lies; any image of the case when None.

    Returns:
        The mask, to be saved with `save_correction`.

    Raises:
        CorpusError: no such case, or an image of it is gone.
        SourceError: the file is no such outline, or lies on the grid of none of the images.
        UsageError: no name of a structure, or the case has no such image.
    """
    corpus = Corpus.of(corpus)
    check_name("name of a structure", structure)
    if not structure.strip():
        raise UsageError("a mask needs the name of its structure, got an empty one; name what is outlined")
    described = corpus[case]
    outline = _read_outline(file)
    on = image_on_grid(grid_of_file(file), _grids(corpus, described, on), name=structure)
    marked = outline.values > 0
    with on_disk(outline.write(marked).origin) as path:
        content, header = sha256_file(path), read_header(path)
        corpus.keep_object(path, content=content, image_format=header.format)
    like = described.images[on]
    mask = Image(
        content,
        structure,
        header.format,
        header.shape,
        bits=header.bits,
        spacing=like.spacing,
        unit=like.unit,
        marked=int(np.count_nonzero(marked)),
    )
    flush_to_disk(corpus.object_path(mask))
    return CorrectedMask(mask, on)


def _read_outline(file: Path) -> LabelImage:
    if (name := find_format(file)) not in _FORMATS:
        msg = f"a mask must be a PNG (planes) or a NIfTI (volumes), got a {name}"
        raise SourceError(msg, remedy="export it as one of them")
    if name == "png":
        _refuse_transparency(file)
    outline = read_label_image(file)
    if len(values := outline.present()) > 1:
        msg = f"a mask must hold 0 and one other value, got {', '.join(map(str, values[:5]))}"
        raise SourceError(msg, remedy="save a file for each structure")
    return outline


def _refuse_transparency(file: Path) -> None:
    """Pictures are laid on white, which would mark all that is transparent."""
    read_header(file)  # refuses what is too large before any of it is decoded
    with Pillow.open(file, formats=["PNG"]) as picture:
        if picture.mode == "P" or not picture.has_transparency_data:
            return
        opaque = picture.convert("RGBA").getchannel("A").getextrema() == (255, 255)
    if not opaque:
        msg = "a mask must be opaque, got a PNG with transparent pixels"
        raise SourceError(msg, remedy="draw it in white on black")


def _grids(corpus: Corpus, case: Case, on: str | None) -> dict[str, Grid]:
    images = {name: image for name, image in case.images.items() if on in (None, name)}
    if not images:
        have = ", ".join(case.images) or "none"
        msg = f"expected {'an image' if on is None else f'the image {on!r}'} of case {case.id} to lay a mask on"
        raise UsageError(f"{msg}, got {have}; name one that it has")
    return {name: grid_of_file(corpus.object_path(image)) for name, image in images.items()}
