"""`InstructionExample`: one thing an assistant is taught about a case: a question and its answer, or how to describe
it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lexiscope.core.case import Case
from lexiscope.core.turn import Turn
from lexiscope.corpus.wording import DESCRIBING, answer_key
from lexiscope.language.text.answer_leakage import leaking_sentences
from lexiscope.language.text.context import LEVELS, context_of
from lexiscope.language.text.lexicon import Lexicon

DESCRIBE = "Describe the image."
CAPTION = "caption"  # the kind of a lesson that was a passage


@dataclass(frozen=True, slots=True)
class InstructionExample:
    """One thing to learn about a case.

    Args:
        case: The case.
        question: What is asked.
        answer: What should be said.
        kind: Of the turn (see `Turn`), or "caption".
        turn: Where question and answer came from; None for a passage.
        known: What may be told beside the image, from little to much; see `with_contexts`.
    """

    case: Case
    question: str
    answer: str
    kind: str
    turn: Turn | None = None
    known: tuple[str, ...] = ()

    @property
    def topics(self) -> tuple[str, ...]:
        """What the question is about, in the terms of its own set."""
        return () if self.turn is None else self.turn.topics


def find_instruction_examples(
    cases: Iterable[Case], *, modalities: Sequence[str], columns: Sequence[str] | None = None
) -> list[InstructionExample]:
    """The turns of cases that have an image of any of the modalities, and the passages that describe them.

    Args:
        columns: Passages from these source columns, or of these kinds; all that describe an image when None.
    """
    wanted = tuple(columns or DESCRIBING)
    found = []
    for case in cases:
        if not set(modalities) & case.images.keys():
            continue
        found += [InstructionExample(case, turn.question, turn.answer, turn.kind, turn) for turn in case.turns]
        found += [
            InstructionExample(case, DESCRIBE, passage.text, CAPTION)
            for passage in case.texts
            if passage.kind in wanted or passage.source in wanted
        ]
    return _written_alike(found)


def with_contexts(lessons: Iterable[InstructionExample]) -> list[InstructionExample]:
    """The lessons with what may be told beside each image; never what gives the answer away."""
    lexicon = Lexicon.load()
    return [replace(example, known=_known(example, lexicon)) for example in lessons]


def _known(example: InstructionExample, lexicon: Lexicon) -> tuple[str, ...]:
    """What is written of the case, by level of context; nothing where it is unknown what gives the answer away."""
    if example.turn is None or not example.turn.evidence:
        return ()
    without = leaking_sentences(example.case, example.turn, lexicon)
    told = (context_of(example.case, level, without=without) for level in LEVELS)
    return tuple(dict.fromkeys(text for text in told if text))


def _written_alike(lessons: Sequence[InstructionExample]) -> list[InstructionExample]:
    """Answers that read alike ("Yes", "yes.") written as most of them are, so that they are one answer to learn."""
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for example in lessons:
        forms[answer_key(example.answer)][example.answer] += 1
    common = {key: counts.most_common(1)[0][0] for key, counts in forms.items()}
    return [replace(example, answer=common[answer_key(example.answer)]) for example in lessons]


def sample_per_case(lessons: Sequence[InstructionExample], *, most: int, seed: int) -> list[InstructionExample]:
    """At most so many lessons of each case, drawn by the seed, in their order."""
    order = np.random.default_rng(seed).permutation(len(lessons))
    taken: Counter[str] = Counter()
    kept = []
    for row in order:
        taken[lessons[row].case.id] += 1
        if taken[lessons[row].case.id] <= most:
            kept.append(int(row))
    return [lessons[row] for row in sorted(kept)]


def is_right(said: str, truth: str) -> bool:
    """Whether an answer counts as right when abstaining is tuned: it reads like the truth, or holds all its words."""
    words = set(answer_key(said).split())
    true = set(answer_key(truth).split())
    return answer_key(said) == answer_key(truth) or (len(true) > 1 and true <= words)
