"""Readers of what PubMed Central answers, and the cleaning of DICOM files, which reads more of them than a build."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from lexiscope.corpus.deidentify import deidentify_folder
from lexiscope.sources.papers.pmc.cloud import fetch_article, find_articles
from lexiscope.testing.fuzz.folders import field_seeds
from lexiscope.testing.fuzz.reader import CUT, Reader, unpack


class _Answers:
    """A client that gets the answers of an input, one after another."""

    def __init__(self, answers: list[bytes]) -> None:
        self._answers = iter(answers)

    def get(self, url: str) -> bytes:
        """The next answer; nothing when there is none left."""
        assert url.startswith("https://")
        return next(self._answers, b"")

    def save(self, url: str, path: Path, *, most: int) -> None:
        """Write the next answer."""
        assert most > 0
        path.write_bytes(self.get(url))


def _pmc(data: bytes, folder: Path) -> int:
    first, *others = data.split(CUT)
    client: Any = _Answers([first])
    ids = find_articles(client, "glass", limit=2)
    json.dumps(ids).encode()
    folder.mkdir()
    answers: Any = _Answers(others)
    fetch_article(answers, "PMC1", folder / "PMC1")
    return len(ids)


def _pmc_seeds() -> Iterator[bytes]:
    found = b'{"esearchresult": {"count": "2", "idlist": ["1", "23"]}}'
    entry = b'<Contents><Key>PMC1.%d/a.%s</Key><Size>%d</Size><ETag>"%s"</ETag></Contents>'
    none = b"d41d8cd98f00b204e9800998ecf8427e"
    listed = [entry % (1, b"xml", 3, b"x-2"), entry % (2, b"xml", 9, b"x-2"), entry % (2, b"jpg", 0, none)]
    namespace = b' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
    page = b"<ListBucketResult%s>%s</ListBucketResult>" % (namespace, b"".join(listed))
    yield CUT.join([found, page, b"<article/", b""])
    more = b"<R>%s<NextContinuationToken>x</NextContinuationToken></R>" % listed[0]
    yield CUT.join([found, more, page, b"<article/", b""])
    yield CUT.join([found, b"<ListBucketResult/>", b"<set><article>x</article></set>"])


def _deidentify(data: bytes, folder: Path) -> int:
    folder.mkdir()
    (folder / "in").mkdir()
    unpack(data, folder / "in")
    key = folder / "key"
    key.write_bytes(b"0123456789abcdef" * 2)
    report = deidentify_folder(folder / "in", folder / "out", key=key, find_text=partial(_no_text))
    assert all(reason for _, reason in report.refused)
    return report.written


def _no_text(picture: Any) -> list[Any]:  # noqa: ARG001 - the interface of finders
    return []


PMC = Reader(_pmc, _pmc_seeds, (b"<Size>", b"<Key>", b"PMC1.", b"/", b"..", b"%00"))
DEIDENTIFY = Reader(_deidentify, lambda: field_seeds()["dicom"])
