"""One run of instruction tuning on a small corpus, up to where its phases begin."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lexiscope.answering.reranking import TokenStates
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.testing.speaking import make_speaking_corpus, save_language, tiny_language, tiny_model
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.instruct.context import InstructContext
from lexiscope.training.instruct.job import prepare_instruction
from lexiscope.training.stage import StageRun

MakeContext = Callable[..., InstructContext]


@pytest.fixture(scope="session")
def language(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A causal language model of two small layers, in the layout of the hub."""
    texts = ["Which colour is it?", "Describe the image.", "A red disc, specimen 7.", "Is it odd? Yes No"]
    return save_language(tiny_language(texts), tmp_path_factory.mktemp("language"))


@pytest.fixture(scope="session")
def speaking(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Twelve coloured shapes with captions and questions, for tests that change nothing."""
    return make_speaking_corpus(tmp_path_factory.mktemp("speaking") / "corpus", 12)


@pytest.fixture
def make_context(tmp_path: Path) -> MakeContext:
    """What the phases of a run share, for a corpus and settings."""

    def make(corpus: Corpus, **settings: object) -> InstructContext:
        config = InstructConfig.of(
            {"reranker_epochs": 1, "epochs": 1, "side": 2, "checkpoint_seconds": 1e9, **settings}
        )
        model = tiny_model(corpus, tmp_path / "model")
        job = prepare_instruction(corpus, model, config)
        joint = model.joint()
        run = StageRun(tmp_path / "run", "key")
        assert isinstance(job.part, CorpusPart)
        return InstructContext(
            corpus, job.examples, job.held_out, config, run, joint, model.views(), TokenStates(joint)
        )

    return make
