"""A corpus with questions and descriptions, and the shortest training that makes an assistant for it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lexiscope.core.turn import Turn
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.store import Corpus
from lexiscope.models.assistant.captions import CaptionChoice, CaptionModel
from lexiscope.models.assistant.classifier import AnswerClassifier, ImageScale
from lexiscope.models.assistant.language import LanguageModel, language_from_scratch
from lexiscope.models.assistant.ridge import Kernel, QuestionFeatures, Ridge
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.models.assistant.tower_assistant import TowerAssistant
from lexiscope.models.attributes import AttributePredictor, LearnedAttribute, TokenScale
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.text import save_tokenizer
from lexiscope.sources.draft import Draft
from lexiscope.testing.cases import DraftSource, make_drafts
from lexiscope.testing.models import WORDS, tiny_joint_space
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.views import choose_views

# Seconds, not minutes: enough to see that every part is there, not to answer well.
TEACHING = InstructConfig(epochs=1, reranker_epochs=1, side=2, batch=32)


def make_speaking_corpus(
    path: Path, n: int = 20, *, volumes: bool = False, missing: float = 0.0, captions: bool = True, turns: bool = True
) -> Corpus:
    """The cases of `make_drafts`, each with a closed and an open question.

    Args:
        captions: False drops the passages.
        turns: False drops the questions.
    """
    drafts = [_asked(draft) if turns else draft for draft in make_drafts(n, volumes=volumes, missing=missing)]
    kept = [draft if captions else replace(draft, texts=()) for draft in drafts]
    build_corpus(path, DraftSource(kept))
    return Corpus.open(path)


def tiny_model(corpus: Corpus, path: Path, *, fusion: str = "late", split: str | None = "train") -> ModelDirectory:
    """An untrained joint space that reads a corpus, with a record that says it learned from one of its splits."""
    views = choose_views(corpus, size=32, slices=2)
    texts = [text for case in corpus for text in (*(t.text for t in case.texts), *(t.statement for t in case.turns))]
    record = {"seed": 0, "trained_on": {"path": str(corpus.path), "version": corpus.version, "split": split}}
    model = ModelDirectory(path)
    model.save_joint(tiny_joint_space(views, texts=texts or WORDS, fusion=fusion), views=views, record=record)
    return model


def tiny_language(texts: Sequence[str] = WORDS, *, max_tokens: int = 256, seed: int = 0) -> LanguageModel:
    """A causal language model of two layers with random weights.

    Example:
        >>> tiny_language(max_tokens=64).model.config.max_position_embeddings
        64
    """
    return language_from_scratch(
        texts, vocabulary=300, width=32, depth=2, heads=2, dropout=0.0, max_tokens=max_tokens, seed=seed
    )


def save_language(language: LanguageModel, folder: Path) -> str:
    """Write a language model in the layout of the hub, and give its name for `--language`."""
    language.model.save_pretrained(folder)
    save_tokenizer(language.tokenizer, folder)
    return str(folder)


def tiny_assistant(
    *, modalities: Sequence[str] = ("flair", "t1"), places: int = 4, adapter: bool = False, max_tokens: int = 256
) -> TowerAssistant:
    """An untrained assistant: readouts of 6 values, places of 5.

    Args:
        modalities: Branches that it reads.
        places: Side of the grid of places.
        adapter: Give it an adapter of rank 2.
        max_tokens: Context of its language model.
    """
    settings = InstructConfig(language="somewhere", lora=True, rank=2).adapter if adapter else None
    return TowerAssistant.on(
        tiny_language(max_tokens=max_tokens),
        branches=dict.fromkeys(modalities, (6, 5)),
        plan=TokenPlan(side=places),
        adapter=settings,
        projector={"hidden": 16},
    )


def tiny_classifier() -> AnswerClassifier:
    """A classifier of "Yes", "No" and "left" that has seen one question of each form, and no image."""
    question = np.eye(1, 4, dtype=np.float32)  # a unit row
    learned = QuestionFeatures(question, np.zeros((1, 0), np.float32), np.array([0]), 0 * question)
    kernel, sure = Kernel(width=0.5, image=0.0, context=0.0), np.ones((1, 1), np.float32)
    none = np.zeros(1, np.float32)
    return AnswerClassifier(
        ImageScale({}, {}),
        closed=Ridge(kernel, learned, ("Yes", "No"), np.eye(1, 2, dtype=np.float32), np.zeros(2, np.float32)),
        open=Ridge(kernel, learned, ("left",), sure, none),
    )


def tiny_captions() -> CaptionModel:
    """Captions composed of a side that the first value of a photo's readout shows."""
    one, none = np.ones(2, np.float32), np.zeros(2, np.float32)
    scale = TokenScale({"photo/readout": none, "photo/places": none}, {"photo/readout": one, "photo/places": one})
    weight = np.array([[4.0, -4.0], [0.0, 0.0]], np.float32)
    side = LearnedAttribute("side", ("left", "right"), {"readout": weight}, none, one / 2, temperature=1.0)
    choice = CaptionChoice(("composed", "decoder"), {"composed": 0.75, "decoder": 0.5}, cases=4, typical="A side.")
    return CaptionModel(choice, AttributePredictor(scale, (side,)), TokenPlan(side=2, slices=1))


def _asked(draft: Draft) -> Draft:
    name, value = next(iter(sorted(draft.attributes.items())))  # "colour" or "side"
    closed = Turn(f"Is it {value}?", "Yes", "closed") if int(draft.id[-1]) % 2 else Turn("Is it odd?", "No", "closed")
    return replace(draft, turns=(closed, Turn(f"Which {name} is it?", str(value))))
