"""Every writer of the table keeps the contract of `Writer`."""

import pytest

from lexiscope.language import WRITERS
from lexiscope.testing.language import check_writer


@pytest.mark.parametrize("name", WRITERS)
def test_writers_keep_their_contract(name, tmp_path):
    writer = WRITERS.load(name)
    assert writer.name == name
    check_writer(writer, tmp_path / "corpus")


class _Forgetful:
    """Drops the texts that others wrote."""

    name = "forgetful"
    Settings = WRITERS.load("captions").Settings

    @classmethod
    def write(cls, corpus, settings, *, progress=None):
        """Write nothing."""
        from dataclasses import replace

        from lexiscope.corpus import Corpus

        corpus = Corpus.of(corpus)
        corpus.upsert([replace(case, texts=()) for case in corpus])
        return WRITERS.load("captions").write(corpus, settings, progress=progress)


def test_a_writer_that_drops_the_texts_of_others_is_caught(tmp_path):
    with pytest.raises(AssertionError, match="forgetful: texts of others are gone from case-0000"):
        check_writer(_Forgetful, tmp_path / "corpus")
