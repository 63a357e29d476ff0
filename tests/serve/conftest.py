"""What the tests of the server share: one served model for a whole run."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

if TYPE_CHECKING:
    from lexiscope.corpus import Corpus
    from lexiscope.models.directory import ModelDirectory


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> "tuple[Corpus, ModelDirectory]":
    """A cohort and a model with every part; for tests that change nothing."""
    from lexiscope.testing.served import make_served

    return make_served(tmp_path_factory.mktemp("served"), visits=10)


@pytest.fixture(scope="session")
def client(made: "tuple[Corpus, ModelDirectory]") -> Iterator[TestClient]:
    """The API over them, with a real worker process."""
    from lexiscope.serve.app import create_app
    from lexiscope.serve.config import ServeConfig
    from lexiscope.serve.site import Site

    corpus, model = made
    site = Site.open([model.path], corpus=corpus.path, config=ServeConfig(port=0))
    with TestClient(create_app(site), base_url="http://localhost") as opened:
        yield opened


@pytest.fixture(scope="session")
def case_id(made: "tuple[Corpus, ModelDirectory]") -> str:
    """A case of the corpus that has images."""
    return next(case.id for case in made[0] if case.images)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A small grey image file."""
    import numpy as np
    from PIL import Image

    path = tmp_path / "picture.png"
    Image.fromarray(np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)).save(path)
    return path


@pytest.fixture
def instructed(tmp_path: Path) -> "Corpus":
    """Two cases; a writer told where the spot of the first is, and somebody who knows HTML corrected it."""
    from dataclasses import replace

    from lexiscope.core import Passage
    from lexiscope.corpus import Corpus
    from lexiscope.corpus.corrections.caption import CorrectedCaption
    from lexiscope.corpus.corrections.save import save_correction
    from lexiscope.language.instructions.history import InstructionHistory
    from lexiscope.testing import make_corpus

    corpus = make_corpus(tmp_path / "instructed", 2, volumes=True, masks=True, size=16)
    case = corpus["case-0000"]
    written = Passage("instruction", "The spot on the left.", "measured", "spot", modalities=(min(case.images),))
    history = InstructionHistory(corpus, "measured", "ab12" * 16)
    history.note(case.id, "spot", (), [written])
    history.save()
    corpus.upsert([replace(case, texts=(*case.texts, written))])
    save_correction(corpus, case.id, CorrectedCaption("The <b>bright</b> spot.", instead_of=written.text), by="Ann")
    return Corpus.open(corpus.path)
