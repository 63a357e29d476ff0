"""What one input goes through: read as a picture, or read by a source and made cases of, but for the corpus."""

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lexiscope.core.case import Case
from lexiscope.core.errors import LexiscopeError
from lexiscope.corpus.duplicates.perceptual_hash import perceptual_hash
from lexiscope.corpus.ingest import ingest
from lexiscope.corpus.rows import SCHEMA, case_of, row_of
from lexiscope.corpus.storable_item import storable
from lexiscope.sources import Draft, Rejected, Source
from lexiscope.sources.grid import grid_of_file
from lexiscope.sources.pixels import peek, read_header, read_pixels
from lexiscope.testing.sources import check_inputs

_UNFORESEEN = "cannot be made a case: "


class _Nowhere:
    """A corpus that keeps nothing."""

    def keep_object(self, path: Path, *, content: str, image_format: str) -> None:
        """Nothing."""


def read_image(path: Path) -> int:
    """Header, pixels, perceptual hash and grid of a picture; and the same once more."""
    header = read_header(path)
    _, pixels = peek(path)
    perceptual_hash(pixels)
    again = read_pixels(path)
    assert again.shape == (header.channels, *header.shape), f"{again.shape} is not what the header says: {header}"
    assert again.dtype.itemsize * 8 == header.bits, f"{again.dtype} is not what the header says: {header}"
    assert again.dtype.isnative, f"{again.dtype} has another byte order"
    assert again.dtype.kind in "uif", f"{again.dtype} is no number"
    assert header.spacing is None or all(0 < size < math.inf for size in header.spacing), header
    assert grid_of_file(path).shape == header.shape
    return 1


def read_source(source: Source, *, root: Path | None = None, besides: tuple[str, ...] = ()) -> int:
    """Number of cases of a source, each with its images, and as a row and back.

    Once something was given, no later input may end the run.

    Args:
        source: The source.
        root: Folder whose known files must all be used, rejected or listed; None where the source reads none.
        besides: Suffixes of files that describe the others.
    """
    assert type(source).detect(source.path) in (True, False)
    given: list[Draft | Rejected] = []
    cases = 0
    try:
        for item in source.drafts():
            given.append(item)
            cases += take(storable(item))
    except LexiscopeError as error:
        if given:
            raise AssertionError(
                f"one input ends the run after {len(given)}: {type(error).__name__}: {error}"
            ) from error
        raise
    if root is not None:
        check_inputs(given, root, besides)
    return cases


def take(item: Draft | Rejected) -> int:
    """Make a case of a draft, as a build does; 0 where that is refused."""
    if isinstance(item, Rejected):
        _check_rejected([item])
        return 0
    nowhere: Any = _Nowhere()
    made = ingest(item, corpus=nowhere, known={})
    _check_rejected(made.rejected)
    if made.case is None:
        assert made.rejected, f"{item.id} vanished"
        return 0
    keep([made.case])
    return 1


def keep(cases: Sequence[Case]) -> None:
    """Cases as rows and back."""
    import pyarrow as pa

    table = pa.Table.from_pylist([row_of(case, {}) for case in cases], schema=SCHEMA)
    assert [case_of(row) for row in table.to_pylist()] == list(cases), "a case changes on its way through a row"


def _check_rejected(rejected: Iterable[Rejected]) -> None:
    for item in rejected:
        assert all((item.path, item.reason, item.remedy)), f"a rejection needs path, reason and remedy: {item}"
        assert not item.reason.startswith(_UNFORESEEN), item.reason
        json.dumps([item.path, item.reason, item.remedy])
