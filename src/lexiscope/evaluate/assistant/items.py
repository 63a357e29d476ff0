"""`ContextualQuestion`: a question about a case at one level of context; which questions are drawn."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TypeAlias

import numpy as np

from lexiscope.answering.examples import InstructionExample
from lexiscope.core.case import Case
from lexiscope.core.turn import Turn
from lexiscope.evaluate.metrics.assistant import claims, yes_or_no
from lexiscope.language.text.answer_leakage import leaking_sentences
from lexiscope.language.text.context import AS_PUBLISHED, LEVELS, context_of
from lexiscope.language.text.lexicon import Lexicon

CaseTurn: TypeAlias = tuple[Case, Turn]
_DESCRIBES = re.compile(r"\bdescri(?:be|ption)\b|\bin detail\b", re.IGNORECASE)
_LISTS = ("feature", "defect")  # kinds of turns whose answers name what is seen


@dataclass(frozen=True, slots=True)
class ContextualQuestion:
    """A turn of a case, asked at one level of context.

    Args:
        case: Case that is asked about.
        turn: Question with its reference answer.
        at: Level of context (`lexiscope.language.text.context`).
        context: Sentences of the case that are told at this level: answer-free, or all of them.
        features: Whether the question asks for features that the reference names.
    """

    case: Case
    turn: Turn
    at: str
    context: str | None
    features: bool

    @property
    def truth(self) -> bool | None:
        """Yes or no of a question whether there is a defect; None for others."""
        return yes_or_no(self.turn.answer) if self.turn.kind == "defect" else None

    @property
    def example(self) -> InstructionExample:
        """The question in the form of what is learned from."""
        return InstructionExample(self.case, self.turn.question, self.turn.answer, self.turn.kind)

    @property
    def texts(self) -> str:
        """All that is written of the case."""
        return " ".join(passage.text for passage in self.case.statements)


def find_turns(cases: Iterable[Case], *, modalities: Sequence[str]) -> list[CaseTurn]:
    """Find the turns of cases that have an image of any of the modalities."""
    return [(case, turn) for case in cases if set(modalities) & case.images.keys() for turn in case.turns]


def draw_turns(turns: Sequence[CaseTurn], *, limit: int | None, seed: int) -> list[CaseTurn]:
    """Draw at most so many, by the seed, in turn from every kind, level and, of those, from yes, no and other answers.

    So no kind crowds out another: questions whether there is a defect are few in some corpora.

    Args:
        turns: Turns to draw from.
        limit: Number of turns; all when None.
        seed: Seed of the draw.

    Example:
        >>> from lexiscope.core.case import Provenance
        >>> case = Case("c1", "p1", Provenance("by hand"))
        >>> turns = [(case, Turn(f"Is it {n}?", "Yes", "closed")) for n in range(9)]
        >>> rare = (case, Turn("What is it?", "A pore", "open"))
        >>> rare in draw_turns([*turns, rare], limit=2, seed=0)
        True
    """
    if limit is None or len(turns) <= limit:
        return list(turns)
    strata: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for row in np.random.default_rng(seed).permutation(len(turns)):
        turn = turns[row][1]
        strata[turn.kind, turn.level, str(yes_or_no(turn.answer))].append(int(row))
    rounds = chain.from_iterable(zip_longest(*(strata[name] for name in sorted(strata))))
    chosen = [row for row in rounds if row is not None][:limit]
    return [turns[row] for row in sorted(chosen)]


def items_of(
    turns: Iterable[CaseTurn], *, lexicon: Lexicon, levels: Sequence[str] = (*LEVELS, *AS_PUBLISHED)
) -> list[ContextualQuestion]:
    """Ask each turn at each level of context, turn by turn.

    Args:
        turns: Cases with the turns that are asked.
        lexicon: Words by which sentences that give an answer away are found.
        levels: Levels of context.
    """
    questions = []
    for case, turn in turns:
        without = leaking_sentences(case, turn, lexicon)
        features = asks_for_features(turn, lexicon)
        questions += [
            ContextualQuestion(case, turn, at, context_of(case, at, without=without), features) for at in levels
        ]
    return questions


def asks_for_features(turn: Turn, lexicon: Lexicon) -> bool:
    """Tell whether answers are scored for features: the turn asks what is seen, and its answer names something.

    Example:
        >>> asks_for_features(Turn("Which defects are seen?", "Two pores.", "defect"), Lexicon.load())
        True
    """
    if yes_or_no(turn.answer) is not None:
        return False
    wanted = turn.kind in _LISTS or _DESCRIBES.search(turn.question) is not None
    return wanted and bool(claims(turn.answer, lexicon))
