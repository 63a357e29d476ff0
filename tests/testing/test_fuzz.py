"""Readers and importers on their seeds and on inputs that are nearly right: each is read, or refused with an error."""

from pathlib import Path

import pytest

from lexiscope.core.errors import LexiscopeError, SourceError
from lexiscope.testing.fuzz import READERS
from lexiscope.testing.fuzz.mutations import mutations
from lexiscope.testing.fuzz.reader import CUT, Reader, pack, refused, unpack

_QUICK = ("pmc", "queries", "rows", "nifti", "raster")
_MUTATIONS = 300


def used(reader: Reader, inputs: list[bytes], folder: Path) -> int:
    """Number of inputs of which something could be used; anything but a refusal is raised."""
    count = 0
    for number, data in enumerate(inputs):
        try:
            count += reader.read(data, folder / str(number)) > 0
        except LexiscopeError:
            continue
        except BaseException:
            (folder / "input").write_bytes(data)
            raise
    return count


def check(name: str, folder: Path, *, count: int) -> None:
    reader = READERS.load(name)
    seeds = list(reader.seeds())
    assert 4 * used(reader, seeds, folder / "seeds") >= len(seeds)
    used(reader, list(mutations(seeds, count, words=reader.words, seed=len(name))), folder / "mutations")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("seeds", "mutations"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.mark.parametrize("name", _QUICK)
def test_a_reader_that_is_quick(name: str, folder: Path) -> None:
    check(name, folder, count=40)


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_a_reader_reads_its_seeds_and_refuses_what_it_cannot_read(name: str, folder: Path) -> None:
    check(name, folder, count=_MUTATIONS)


def test_what_is_no_error_of_ours_is_a_find() -> None:
    assert refused(SourceError("expected a scan"))
    assert not refused(ValueError("expected a scan"))
    assert not refused(RecursionError())


def test_files_of_an_input_stay_in_their_folder(tmp_path: Path) -> None:
    files = {"a/b.txt": b"one", "c": b"two\n"}
    assert len(unpack(pack(files), tmp_path / "x")) == 2
    assert (tmp_path / "x" / "a" / "b.txt").read_bytes() == b"one"
    assert (tmp_path / "x" / "c").read_bytes() == b"two\n"
    odd = CUT.join([b"../up\n1", b"/abs\n1", b"\n1", b"n\0\n1", b"c/d\n1", b"\xff\n1"])
    assert [path.name for path in unpack(odd, tmp_path / "x")] == ["\udcff"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x"]


def test_mutations_differ_from_their_seeds_and_not_from_each_other_s_run() -> None:
    seeds = [b"grains of steel" * 9, b"a pore"]
    made = list(mutations(seeds, 50, words=(b"NaN",), seed=3))
    assert made == list(mutations(seeds, 50, words=(b"NaN",), seed=3))
    assert made != list(mutations(seeds, 50, words=(b"NaN",), seed=4))
    assert sum(data not in seeds for data in made) > 40
    assert any(b"NaN" in data for data in made)
