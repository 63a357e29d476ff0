"""A small corpus and a model with every part, made in seconds: what the server's tests serve."""

from pathlib import Path

from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.language.conversations.write import write_conversations
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.parts.segmenter import SegmenterContent, Structure
from lexiscope.simulate.brain import SimulatedSource
from lexiscope.tasks.search.indexing import index_corpus
from lexiscope.testing.masked import tiny_segmenter
from lexiscope.testing.speaking import TEACHING, tiny_model
from lexiscope.training.instruct.instruct import instruct
from lexiscope.views.case_grid import CaseGrid


def make_served(folder: Path, *, visits: int = 16, seed: int = 0) -> tuple[Corpus, ModelDirectory]:
    """A cohort of brain visits with questions, and a model that searches, classifies, captions, answers and outlines.

    Its weights are random: it answers quickly, and wrongly.

    Args:
        folder: Folder for `corpus/` and `model/`.
        visits: Number of visits.
        seed: Seed of the cohort.
    """
    build_corpus(folder / "corpus", SimulatedSource(visits=visits, seed=seed))
    write_conversations(folder / "corpus")
    corpus = Corpus.open(folder / "corpus")
    model = tiny_model(corpus, folder / "model")
    instruct(corpus, model.path, config=TEACHING)
    _add_segmenter(corpus, model)
    index_corpus(model.path, corpus.path)
    return corpus, model


def _add_segmenter(corpus: Corpus, model: ModelDirectory) -> None:
    channels = dict.fromkeys(sorted({name for case in corpus for name in case.images}), 1)
    structures = {
        name: Structure((name,), threshold=0.5) for name in sorted({n for case in corpus for n in case.masks})
    }
    content = SegmenterContent(tiny_segmenter(modalities=channels), CaseGrid(channels=channels), (32, 32), structures)
    learned = {"path": str(corpus.path), "version": corpus.version, "split": "train"}
    record = {"verb": "train segment", "seed": 0, "corpus": corpus.version, "trained_on": learned}
    model.save("segmenter", content, record={**record, "result": {"parameters": {"trainable": 5, "total": 9}}})
