"""Samples of a shard come together whatever the order of their files; what cannot be read is named."""

import io
import os
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.corpus.exchange.shard import Sample, read_samples
from lexiscope.sources.draft import Rejected


def tar(path: Path, members: Iterable[tuple[str, bytes]], **form: int) -> Path:
    with tarfile.open(path, "w", **form) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def read(path: Path) -> tuple[dict[str, dict[str, bytes]], list[str]]:
    items = list(read_samples(path))
    samples = {item.key: item.read(path) for item in items if isinstance(item, Sample)}
    return samples, [f"{item.path}: {item.reason}" for item in items if isinstance(item, Rejected)]


MEMBERS = [(f"{key}.{field}", f"{key} {field}".encode()) for key in ("a", "b", "dir/c") for field in ("jpg", "txt")]


@given(st.permutations(MEMBERS))
def test_every_order_gives_the_same_samples(tmp_path_factory: pytest.TempPathFactory, members: list) -> None:
    path = tar(tmp_path_factory.mktemp("shard") / "a.tar", members)
    expected = {key: {f: f"{key} {f}".encode() for f in ("jpg", "txt")} for key in ("a", "b", "dir/c")}
    assert read(path) == (expected, [])


def test_what_systems_leave_is_no_file_of_a_sample(tmp_path: Path) -> None:
    odd = ["._a.jpg", "dir/._a.txt", "__MACOSX/a.jpg", "__MACOSX/dir/._b.jpg", ".DS_Store", "dir/Thumbs.db"]
    assert read(tar(tmp_path / "a.tar", [("./a.jpg", b"1"), *((name, b"x") for name in odd)])) == (
        {"a": {"jpg": b"1"}},
        [],
    )


def test_names_that_fit_no_sample_are_named(tmp_path: Path) -> None:
    samples, reasons = read(
        tar(tmp_path / "a.tar", [("README", b""), (".hidden", b""), ("a.txt", b"1"), ("a.txt", b"2")])
    )
    assert samples == {"a": {"txt": b"1"}}
    assert [reason.partition(":")[0] for reason in reasons] == ["a.tar/README", "a.tar/.hidden", "a.tar/a.txt"]
    assert "twice" in reasons[2]


@pytest.mark.parametrize("kept", [600, 1100, 1600, 2000])
def test_a_truncated_shard_gives_what_is_whole_and_says_so(tmp_path: Path, kept: int) -> None:
    path = tar(tmp_path / "a.tar", [("a.txt", b"1" * 500), ("b.txt", b"2" * 500)])
    path.write_bytes(path.read_bytes()[:kept])
    samples, reasons = read(path)
    assert samples == ({"a": {"txt": b"1" * 500}} if kept < 2000 and kept > 1012 else samples)
    assert kept == 2000 or reasons
    assert all(len(data) == 500 for sample in samples.values() for data in sample.values())


def test_what_lies_behind_the_end_is_said(tmp_path: Path) -> None:
    path = tar(tmp_path / "a.tar", [("a.txt", b"1")])
    path.write_bytes(path.read_bytes() + tar(tmp_path / "b.tar", [("b.txt", b"2")]).read_bytes())
    samples, reasons = read(path)
    assert list(samples) == ["a"]
    assert "behind the end of the archive, which were not read" in reasons[0]


def test_links_and_what_is_no_tar_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        link = tarfile.TarInfo("a.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert "is a link" in read(path)[1][0]
    path.write_bytes(b"no archive at all" * 100)
    assert "damaged or truncated tar file" in read(path)[1][0]


def test_a_small_shard_that_stands_for_gigabytes_of_holes_is_not_read(tmp_path: Path) -> None:
    holes = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(9 << 30)}
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        for name in ("a.f0", "a.f1"):
            info = tarfile.TarInfo(name)
            info.pax_headers = {**holes, "GNU.sparse.name": name}
            info.size = 512
            archive.addfile(info, io.BytesIO(b"1\n0\n0\n".ljust(512, b"\0")))
    samples, rejected = read(tmp_path / "a.tar")
    assert samples == {}
    assert [reason.rpartition("/")[2][:4] for reason in rejected] == ["a.f0", "a.f1"]
    assert all("a file with holes" in reason for reason in rejected)


def test_a_pipe_in_the_place_of_a_shard_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.tar")
    (rejected,) = read_samples(tmp_path / "a.tar")
    assert isinstance(rejected, Rejected)
    assert "got a pipe" in rejected.reason


def test_the_files_of_a_sample_are_bounded_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lexiscope.corpus.exchange.shard.LARGEST_SAMPLE", 1000)
    members = [(f"a.f{n}", bytes(400)) for n in range(4)]
    samples, rejected = [], []
    for item in read_samples(tar(tmp_path / "a.tar", [*members, ("b.png", bytes(400))])):
        (rejected if isinstance(item, Rejected) else samples).append(item)
    assert [sorted(sample.places) for sample in samples] == [["f0", "f1"], ["png"]]
    assert [item.reason for item in rejected] == ["makes its sample larger than 1,000 bytes, and was left out"] * 2
