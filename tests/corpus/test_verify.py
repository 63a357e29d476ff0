"""Image files with other bytes than were stored are named, not decoded and not passed on; a build restores them."""

import os
from pathlib import Path

import pytest

from lexiscope.core.errors import CorpusError, ViewError
from lexiscope.corpus import EXCHANGE, Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.verify import verify_corpus
from lexiscope.testing import DraftSource
from lexiscope.testing.drafts import draft, picture, png
from lexiscope.views import ViewCache, choose_views

DRAFTS = [draft(f"c{n}", images={"sem": png(picture(n))}) for n in range(3)]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    build_corpus(tmp_path / "corpus", DraftSource(DRAFTS))
    return Corpus.open(tmp_path / "corpus")


def _swap(corpus: Corpus) -> Path:
    """Other bytes of the same length and age in the place of the first image."""
    path = corpus.object_path(corpus["c0"].images["sem"])
    age, data = path.stat().st_mtime, bytearray(path.read_bytes())
    data[-20] ^= 0xFF
    path.write_bytes(data)
    os.utime(path, (age, age))
    return path


def _exchange(corpus: Corpus) -> Path:
    """The file of another image in the place of the first."""
    path = corpus.object_path(corpus["c0"].images["sem"])
    path.write_bytes(corpus.object_path(corpus["c1"].images["sem"]).read_bytes())
    return path


def _cut(corpus: Corpus) -> Path:
    path = corpus.object_path(corpus["c0"].images["sem"])
    path.write_bytes(path.read_bytes()[:-1])
    return path


@pytest.mark.parametrize("damage", [_swap, _exchange, _cut])
def test_a_changed_file_is_named_and_a_build_restores_it(damage: object, corpus: Corpus) -> None:
    assert verify_corpus(corpus).to_dict() == {"ok": True, "files": 3, "damaged": []}
    damage(corpus)  # type: ignore[operator]
    report = verify_corpus(corpus)
    assert [(file.case, file.content) for file in report.damaged] == [("c0", corpus["c0"].images["sem"].content)]
    assert "build again to restore it" in report.damaged[0].reason
    build_corpus(corpus.path, DraftSource(DRAFTS))
    assert verify_corpus(Corpus.open(corpus.path)).ok


def test_a_file_that_is_gone_is_named(corpus: Corpus) -> None:
    corpus.object_path(corpus["c2"].images["sem"]).unlink()
    assert [file.case for file in verify_corpus(corpus).damaged] == ["c2"]


@pytest.mark.parametrize("name", sorted(set(EXCHANGE) - {"msd", "bids"}))  # those two hold volumes
def test_no_export_passes_other_bytes_on(name: str, corpus: Corpus, tmp_path: Path) -> None:
    from lexiscope.corpus.exchange import export_corpus

    path = _exchange(corpus)
    with pytest.raises(CorpusError, match=rf"at {path} must have SHA-256 .* it was changed or damaged"):
        export_corpus(corpus, tmp_path / "out", form=name)


def test_no_view_is_made_of_other_bytes(corpus: Corpus, tmp_path: Path) -> None:
    view, image = choose_views(corpus, size=16)["sem"], corpus["c0"].images["sem"]
    _exchange(corpus)
    with pytest.raises(ViewError, match=r"sem at .* cannot be read: .* it was changed or damaged"):
        ViewCache(tmp_path / "cache").get(image, corpus.object_path(image), view)
