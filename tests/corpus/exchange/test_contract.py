"""Every exchange format of the table meets the contract, by itself."""

from pathlib import Path

import pytest

from lexiscope.corpus import EXCHANGE
from lexiscope.testing import make_corpus
from lexiscope.testing.exchange import check_exchange_format


@pytest.mark.slow
@pytest.mark.parametrize("name", EXCHANGE)
def test_a_format_keeps_its_contract(name: str, tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 10, volumes=True, size=16)
    folder = tmp_path / "out"
    folder.mkdir()
    back = check_exchange_format(EXCHANGE.load(name), name=name, corpus=corpus, folder=folder)
    if name in ("parquet", "webdataset"):
        assert back.version == corpus.version
