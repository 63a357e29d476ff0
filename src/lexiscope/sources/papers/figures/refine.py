"""`refine`: drafts of figures -> drafts of their panels, with the size of a pixel where a scale bar tells it."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import MissingExtraError, SourceError
from lexiscope.core.passage import Passage
from lexiscope.sources.draft import Draft, Encoded, ImageFile, Rejected
from lexiscope.sources.papers.figures.encode import png
from lexiscope.sources.papers.figures.image_type import image_type
from lexiscope.sources.papers.figures.panels import Box, Panels, split_panels
from lexiscope.sources.papers.figures.scale_bar import UNSURE, read_labels, reconciled, scale_bar
from lexiscope.sources.papers.figures.subcaptions import SubCaptions, split_caption
from lexiscope.sources.papers.figures.words import ReadWords, panel_letters, word_reader
from lexiscope.sources.pixels import read_header, read_pixels

_FIGURE = "figure"


def refine(
    drafts: Iterable[Draft | Rejected], *, panels: bool = False, scale_bars: bool = False
) -> Iterator[Draft | Rejected]:
    """Cut figures into panels and read their scale bars, as asked; what cannot be told is noted in `steps`.

    Args:
        panels: Give every panel that the caption names a draft of its own; a figure that cannot be cut stays whole.
        scale_bars: Set the spacing of images in nanometres where bar and label agree. Needs the extra `ocr`; without
            it every image is left unsure, and the note says how to install it.
    """
    read, missing = _reader(wanted=panels or scale_bars)
    for draft in drafts:
        if isinstance(draft, Rejected) or _FIGURE not in draft.images:
            yield draft
            continue
        parts = _cut(draft, read) if panels else [draft]
        scaled = (_scaled(part, read, missing) for part in parts) if scale_bars else parts
        yield from map(_typed, scaled)


def _reader(*, wanted: bool) -> tuple[ReadWords | None, str]:
    if not wanted:
        return None, ""
    try:
        return word_reader(), ""
    except MissingExtraError as error:
        return None, str(error)


def _cut(draft: Draft, read: ReadWords | None) -> list[Draft]:
    caption = next((text.text for text in draft.texts if text.kind == "caption"), "")
    parts = split_caption(caption)
    try:
        pixels = _pixels(draft.images[_FIGURE])
    except SourceError:
        return [draft]  # the build says what is wrong with the file
    cut = _panels(pixels, parts, read)
    if not cut.boxes:
        return [_noted(draft, f"not cut into panels: {cut.reason}")]
    return [
        _panel(draft, letter, text, pixels, box, caption=caption)
        for (letter, text), box in zip(parts.texts.items(), cut.boxes, strict=True)
    ]


def _panels(pixels: NDArray[np.uint8], parts: SubCaptions, read: ReadWords | None) -> Panels:
    """Cut by gutters; where these do not suffice, by gutters between the letters that OCR finds."""
    by_gutters = split_panels(pixels, count=len(parts.letters))
    if by_gutters.boxes or read is None or len(parts.letters) < 2:
        return by_gutters
    letters = panel_letters(read(pixels), parts.letters)
    return split_panels(pixels, count=len(parts.letters), letters=letters) if letters else by_gutters


def _panel(draft: Draft, letter: str, text: str, pixels: NDArray[np.uint8], box: Box, *, caption: str) -> Draft:
    left, top, right, bottom = box
    panel_caption = (Passage("caption", text, column="panel caption"),) if text else ()
    whole = tuple(
        replace(passage, column="figure caption") if passage.text == caption else passage for passage in draft.texts
    )
    provenance = replace(
        draft.provenance,
        locator={**draft.provenance.locator, "panel": letter, "box_px": [float(edge) for edge in box]},
        steps=(*draft.provenance.steps, f"cut out of the figure as panel {letter}"),
    )
    image = ImageFile(png(pixels[top:bottom, left:right]))
    return replace(
        draft, id=f"{draft.id}-{letter}", provenance=provenance, images={_FIGURE: image}, texts=(*panel_caption, *whole)
    )


def _scaled(draft: Draft, read: ReadWords | None, missing: str) -> Draft:
    if read is None:
        return _noted(draft, f"{UNSURE}: {missing}")
    image = draft.images[_FIGURE]
    try:
        pixels = _pixels(image)
        known = _known_spacing(image)
    except SourceError:
        return draft
    reading = scale_bar(pixels, words=read_labels(pixels, read=read))
    spacing, note = reconciled(reading.bar, known_nm=known)
    if reading.bar is None and known is None:
        return _noted(draft, f"{UNSURE}: {reading.reason}")
    if spacing is None or known is not None:
        return _noted(draft, note)
    scaled = ImageFile(image.origin, spacing=(spacing, spacing), unit="nm")
    return _noted(replace(draft, images={**draft.images, _FIGURE: scaled}), note)


def _typed(draft: Draft) -> Draft:
    """Add the kind of picture that a caption names, the panel's own first; `classify` learns the others from it."""
    captions = [text.text for text in draft.texts if text.kind == "caption"]
    kind = next((kind for caption in captions if (kind := image_type(caption)) is not None), None)
    return draft if kind is None else replace(draft, attributes={**draft.attributes, "image_type": kind})


def _noted(draft: Draft, step: str) -> Draft:
    return replace(draft, provenance=replace(draft.provenance, steps=(*draft.provenance.steps, step)))


def _known_spacing(image: ImageFile) -> float | None:
    """Nanometres a pixel along x that source or file already state."""
    spacing, unit = image.spacing, image.unit
    if spacing is None and isinstance(image.origin, Path):
        header = read_header(image.origin)
        spacing, unit = header.spacing, header.unit
    if spacing is None:
        return None
    return float(spacing[-1]) * (1e6 if unit == "mm" else 1.0)


def _pixels(image: ImageFile) -> NDArray[np.uint8]:
    """(y, x, 3), 8 bits, stretched from its darkest to its brightest value when it has more bits."""
    array = _decoded(image.origin)
    if array.ndim != 3:
        raise SourceError("a figure is a plane, got a volume")
    if array.dtype != np.uint8:
        low, high = float(array.min()), float(array.max())
        array = ((array.astype(np.float32) - low) * (255 / max(high - low, 1e-6))).astype(np.uint8)
    planes = array if len(array) == 3 else np.repeat(array[:1], 3, axis=0)
    return np.ascontiguousarray(np.moveaxis(planes, 0, -1))


def _decoded(origin: Path | Encoded) -> NDArray[Any]:
    if isinstance(origin, Path):
        return read_pixels(origin)
    with tempfile.NamedTemporaryFile(suffix=origin.suffix) as file:
        file.write(origin.data)
        file.flush()
        return read_pixels(Path(file.name))
