"""Answers of PMC's servers that are none: each is an error with a remedy, and no name of a file or folder."""

import json

import pytest

from lexiscope.core.errors import SourceError
from lexiscope.sources.papers.pmc.cloud import fetch_article, find_articles, is_complete

FILE = "<Contents><Key>{}</Key><Size>{}</Size></Contents>"


class Answers:
    """A client that gets the same answer again and again, or one after another."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), 0

    def get(self, url):
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def save(self, url, path, *, most):
        path.write_bytes(self.get(url))


@pytest.mark.parametrize("answer", ["[" * 100_000, "[]", json.dumps({"esearchresult": {"idlist": None}}), ""])
def test_an_answer_that_is_no_list_of_ids(answer):
    with pytest.raises(SourceError, match="esearch answered") as refused:
        find_articles(Answers(answer.encode()), "glass", limit=3)
    assert refused.value.remedy


@pytest.mark.parametrize("odd", ["../../x", {"a": 1}, None, "١٢"])
def test_an_id_that_is_no_number_names_no_folder(odd):
    answer = json.dumps({"esearchresult": {"idlist": ["7", odd]}}).encode()
    with pytest.raises(SourceError, match="an id that is no number"):
        find_articles(Answers(answer), "glass", limit=3)


def test_sizes_that_are_none_are_refused(tmp_path):
    listing = f"<R>{FILE.format('PMC1.1/a.xml', 'many')}</R>".encode()
    with pytest.raises(SourceError, match="the size 'many'"):
        fetch_article(Answers(listing), "PMC1", tmp_path / "PMC1")


def test_a_listing_that_does_not_end_is_given_up(tmp_path):
    client = Answers(b"<R><NextContinuationToken>again</NextContinuationToken></R>")
    with pytest.raises(SourceError, match="does not end"):
        fetch_article(client, "PMC1", tmp_path / "PMC1")
    assert client.asked <= 100


def test_files_of_no_version_are_none_of_the_article(tmp_path):
    listing = f"<R>{FILE.format('readme.xml', 3)}</R>".encode()
    fetch_article(Answers(listing, b"<article/>"), "PMC1", tmp_path / "PMC1")
    assert [path.name for path in sorted((tmp_path / "PMC1").iterdir())] == ["PMC1.xml", "downloaded.json"]


@pytest.mark.parametrize("record", ["[]", '{"md5": [1]}', '{"md5": null}', "[" * 100_000, '{"md5": {"a\\u0000": ""}}'])
def test_a_damaged_record_of_a_download_is_no_download(tmp_path, record):
    (tmp_path / "downloaded.json").write_text(record)
    assert not is_complete(tmp_path)
