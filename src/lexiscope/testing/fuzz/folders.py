"""Readers of folders: an input is the files of a folder, names included; seeds are inputs that labs have."""

import itertools
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from lexiscope.core.errors import LexiscopeError
from lexiscope.sources import SOURCES, detect_source
from lexiscope.testing.field import all_variants
from lexiscope.testing.fuzz.reader import CUT, Reader, pack, unpack
from lexiscope.testing.fuzz.tries import read_source

_LARGEST = 1 << 14  # bytes of a seed
_OF_KIND = 6  # seeds of one kind of variant
_BESIDES = {"nifti": (".csv", ".tsv", ".jsonl"), "bids": (".tsv",), "jats": (".pdf",)}


def folder_reader(name: str, *, words: tuple[bytes, ...] = (), options: Mapping[str, Any] | None = None) -> Reader:
    """The reader of a source, whose seeds are the variants of its inputs.

    Args:
        name: Name of the source.
        words: Words that a mutation may put in.
        options: Options of the source.
    """

    def read(data: bytes, folder: Path) -> int:
        folder.mkdir()
        unpack(data, folder)
        return read_source(SOURCES.load(name)(folder, **(options or {})), root=folder, besides=_BESIDES.get(name, ()))

    return Reader(read, lambda: field_seeds()[name], (*words, CUT))


@cache
def field_seeds() -> dict[str, list[bytes]]:
    """Packed inputs of every source, a few of each kind."""
    seeds: dict[str, list[bytes]] = {name: [] for name in SOURCES}
    for _, variants in itertools.groupby(all_variants(), key=lambda variant: variant.kind):
        taken = 0
        for variant in variants:
            if variant.build is None and taken < _OF_KIND:
                packed = _packed(variant.write, variant.within, variant.reads)
                if packed is not None:
                    name, data = packed
                    seeds[name].append(data)
                    taken += 1
    return seeds


def _packed(write: Callable[[Path], object], within: str, reads: str | None) -> tuple[str, bytes] | None:
    """Name of the source and the files; None for what is too large, or is no folder."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name))
        root = Path(name) / within
        try:
            source = reads or detect_source(root)
        except LexiscopeError:
            return None
        files = dict(_files(root if root.is_dir() else root.parent, first=root))
        data = pack(files)
    return (source, data) if len(data) <= _LARGEST else None


def _files(root: Path, *, first: Path) -> Iterator[tuple[str, bytes]]:
    """Name -> bytes of the files below a folder, one of them first."""
    files = sorted(file for file in root.rglob("*") if file.is_file() and not file.is_symlink())
    for file in sorted(files, key=lambda file: file != first):
        yield file.relative_to(root).as_posix(), file.read_bytes()


JSON_WORDS = (b"null", b"true", b"-1", b"1e999", b"NaN", b"[]", b"{}", b'"\\ud800"', b'"\\u0000"', b"0.5", b"9" * 30)

MICROGRAPH = folder_reader("micrograph")
IMAGES = folder_reader("images")
NIFTI = folder_reader("nifti", words=JSON_WORDS)
BIDS = folder_reader("bids", words=JSON_WORDS)
DICOM = folder_reader("dicom")
JATS = folder_reader(
    "jats", words=(b"&#55296;", b"<fig>", b"</caption>", b"<mml:math>", b"<tex-math>", b"<alternatives>")
)
PDF = folder_reader("pdf", words=(b" cm ", b" Tm ", b" Do ", b" re W n ", b" Tr ", b"Fig. 2", b" 1e30 ", b" -0 "))
