"""A build adds what is new, stores bytes unchanged, names what it could not use, and survives kill -9."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lexiscope.core import Image, Passage
from lexiscope.core.errors import CorpusError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.sources import Encoded, ImageFile, Rejected
from lexiscope.sources.images import ImagesSource
from lexiscope.testing import DraftSource
from lexiscope.testing.drafts import draft, jpeg, picture, png


def rejected(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (path / "rejected.jsonl").read_text().splitlines()]


def broken() -> ImageFile:
    data = png(picture(1)).origin.data
    return ImageFile(Encoded(data[: len(data) // 2], ".png"))


def test_same_source_twice_adds_nothing(tmp_path: Path) -> None:
    source = DraftSource([draft(f"a{n}") for n in range(100)])
    first = build_corpus(tmp_path / "corpus", source)
    version = Corpus.open(tmp_path / "corpus").version
    again = build_corpus(tmp_path / "corpus", source, jobs=3)
    assert (first.cases, first.added, first.unchanged, first.rejected) == (100, 100, 0, 0)
    assert (again.cases, again.added, again.updated, again.unchanged) == (100, 0, 0, 100)
    assert again.images == {"sem": 100}
    assert Corpus.open(tmp_path / "corpus").version == version


@pytest.mark.slow
def test_jobs_and_order_do_not_change_the_corpus(tmp_path: Path) -> None:
    drafts = [draft(f"a{n}") for n in range(90)]
    build_corpus(tmp_path / "one", DraftSource(drafts))
    build_corpus(tmp_path / "two", DraftSource(drafts), jobs=4)
    build_corpus(tmp_path / "three", DraftSource(drafts[::-1]))
    corpora = [Corpus.open(tmp_path / name) for name in ("one", "two", "three")]
    assert list(corpora[0]) == list(corpora[1])
    assert len({corpus.version for corpus in corpora}) == 1


def test_changed_row_is_updated(tmp_path: Path) -> None:
    drafts = [draft("a"), draft("b")]
    build_corpus(tmp_path / "corpus", DraftSource(drafts))
    drafts[1] = replace(drafts[1], texts=(Passage("caption", "another text"),))
    report = build_corpus(tmp_path / "corpus", DraftSource(drafts))
    assert (report.added, report.updated, report.unchanged) == (0, 1, 1)
    assert Corpus.open(tmp_path / "corpus")["b"].texts[0].text == "another text"


def test_files_are_kept_unchanged_and_once(tmp_path: Path) -> None:
    file = tmp_path / "scan.PNG"
    deep = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) * 15
    file.write_bytes(png(deep).origin.data)
    drafts = [draft(name, images={"sem": ImageFile(file, (2.0, 2.0), "nm")}) for name in "ab"]
    build_corpus(tmp_path / "corpus", DraftSource(drafts))
    corpus = Corpus.open(tmp_path / "corpus")
    image = corpus["a"].images["sem"]
    assert image == Image(
        hashlib.sha256(file.read_bytes()).hexdigest(), "sem", "png", (64, 64), 1, 16, (2.0, 2.0), "nm"
    )
    assert corpus.object_path(image).read_bytes() == file.read_bytes()
    assert corpus.object_path(image) == corpus.path / "objects" / image.content[:2] / f"{image.content}.png"
    assert sum(path.is_file() for path in (corpus.path / "objects").rglob("*")) == 1


def test_link_references_the_file(tmp_path: Path) -> None:
    file = tmp_path / "scan.png"
    file.write_bytes(png(picture(5)).origin.data)
    drafts = [draft("a", images={"sem": ImageFile(file)})]
    build_corpus(tmp_path / "linked", DraftSource(drafts), link=True)
    build_corpus(tmp_path / "copied", DraftSource(drafts))
    linked, copied = Corpus.open(tmp_path / "linked"), Corpus.open(tmp_path / "copied")
    assert linked.object_path(linked["a"].images["sem"]) == file
    assert not list((linked.path / "objects").rglob("*.png"))
    assert linked.version == copied.version
    file.unlink()
    with pytest.raises(CorpusError, match="--link"):
        linked.object_path(linked["a"].images["sem"])
    copied.object_path(copied["a"].images["sem"])


def test_bad_image_costs_the_image_or_the_case(tmp_path: Path) -> None:
    good = png(picture(3))
    source = DraftSource(
        [
            draft("half", images={"t1": good, "t2": broken()}),
            draft("none", images={"t1": broken()}),
            draft("words", images={}),
            draft("mask", images={"t1": good}, masks={"lesion": broken()}),
            Rejected("row 9", "has no text", "add one"),
        ]
    )
    report = build_corpus(tmp_path / "corpus", source)
    corpus = Corpus.open(tmp_path / "corpus")
    assert [case.id for case in corpus] == ["half", "words", "mask"]
    assert list(corpus["half"].images) == ["t1"]
    assert corpus["mask"].masks == {}
    assert (report.added, report.rejected, report.images) == (3, 4, {"t1": 2})
    lines = rejected(corpus.path)
    assert len(lines) == 4
    assert all(set(line) == {"path", "reason", "remedy", "source", "kind"} and all(line.values()) for line in lines)


def test_large_jpeg_is_read_to_its_end(tmp_path: Path) -> None:
    whole = jpeg(picture(1, 1500), quality=90)
    cut = ImageFile(Encoded(whole.origin.data[:-2000], ".jpg"))
    drafts = [draft("whole", images={"sem": whole}), draft("cut", images={"sem": cut})]
    assert build_corpus(tmp_path / "corpus", DraftSource(drafts)).rejected == 1
    assert Corpus.open(tmp_path / "corpus")["whole"].images["sem"].shape == (1500, 1500)


def test_rejections_are_not_doubled_and_other_sources_stay(tmp_path: Path) -> None:
    path = tmp_path / "corpus"
    one = DraftSource([Rejected("x", "why", "what")], path=tmp_path / "one")
    two = DraftSource([Rejected("y", "why", "what"), draft("a")], path=tmp_path / "two")
    for source in (one, two, one, two):
        build_corpus(path, source)
    assert sorted(line["path"] for line in rejected(path)) == ["x", "y"]
    build_corpus(path, replace(one, held=[draft("x")]))  # repaired
    assert [line["path"] for line in rejected(path)] == ["y"]


def test_repeated_and_foreign_ids_are_rejected(tmp_path: Path) -> None:
    path = tmp_path / "corpus"
    build_corpus(
        path,
        DraftSource(
            [
                draft("a", texts=(Passage("caption", "first"),)),
                *(draft(f"b{n}") for n in range(200)),
                draft("a", texts=(Passage("caption", "second"),)),
            ]
        ),
    )
    corpus = Corpus.open(path)
    assert corpus["a"].texts[0].text == "first"
    assert "occurs twice" in rejected(path)[0]["reason"]
    assert "name a" in rejected(path)[0]["path"]
    stranger = draft("a", texts=(Passage("caption", "third"),))
    stranger = replace(stranger, provenance=replace(stranger.provenance, source="jats"))
    report = build_corpus(path, DraftSource([stranger], path=tmp_path / "elsewhere"))
    assert report.usable == 0
    corpus.refresh()
    assert corpus["a"].texts[0].text == "first"


def test_nonsense_from_a_source_is_rejected(tmp_path: Path) -> None:
    report = build_corpus(
        tmp_path / "corpus", DraftSource([draft("a", group=" "), draft("b", images={"m": ImageFile(Path("/gone"))})])
    )
    assert (report.usable, report.rejected) == (0, 2)
    with pytest.raises(UsageError, match="at least 1"):
        build_corpus(tmp_path / "corpus", DraftSource([]), jobs=0)


def test_leftovers_of_a_kill_are_removed(tmp_path: Path) -> None:
    source = DraftSource([draft("a")])
    build_corpus(tmp_path / "corpus", source)
    stale = [tmp_path / "corpus" / ".rejected.jsonl.0.part", tmp_path / "corpus" / "objects" / "ab" / ".abc.png.7.part"]
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    build_corpus(tmp_path / "corpus", source)
    assert not any(path.exists() for path in stale)


def test_object_cut_by_a_power_failure_is_written_again(tmp_path: Path) -> None:
    source = DraftSource([draft("a")])
    build_corpus(tmp_path / "corpus", source)
    corpus = Corpus.open(tmp_path / "corpus")
    path = corpus.object_path(corpus["a"].images["sem"])
    whole = path.read_bytes()
    path.write_bytes(b"")
    build_corpus(tmp_path / "corpus", source)
    assert path.read_bytes() == whole


_BUILD = "import sys; from lexiscope.cli.corpus import app; app(sys.argv[1:])"


@pytest.mark.slow
def test_killed_build_ends_like_one_that_was_left_alone(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for n in range(150):
        (source / f"{n:03d}.png").write_bytes(png(picture(n, 128)).origin.data)
    (source / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")

    def run(name: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", _BUILD, "build", str(tmp_path / name), str(source), "--json"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ})

    started = time.monotonic()
    assert run("peace").wait() == 3
    whole = time.monotonic() - started
    for share in (0.5, 0.7, 0.85):
        process = run("fire")
        time.sleep(share * whole)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert run("fire").wait() == 3
    peace, fire = Corpus.open(tmp_path / "peace"), Corpus.open(tmp_path / "fire")
    assert fire.version == peace.version
    assert sorted(case.id for case in fire) == sorted(case.id for case in peace)
    assert rejected(fire.path) == rejected(peace.path)
    names = [{path.name for path in (corpus.path / "objects").rglob("*")} for corpus in (peace, fire)]
    assert names[0] == names[1]


def test_every_known_file_of_a_folder_is_used_rejected_or_listed(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "good.png").write_bytes(png(picture(1)).origin.data)
    (folder / "bad.png").write_bytes(broken().origin.data)
    for name in ("cells.czi", "scan.mgz", "notes.txt"):
        (folder / name).touch()
    report = build_corpus(tmp_path / "corpus", ImagesSource(folder))
    assert (report.cases, report.rejected, report.unread) == (1, 1, 2)
    lines = {Path(line["path"]).name: line["kind"] for line in rejected(tmp_path / "corpus")}
    assert lines == {"bad.png": "rejected", "cells.czi": "unread", "scan.mgz": "unread"}
