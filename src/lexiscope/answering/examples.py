"""`InstructionExample`: a question about a case and its answer, or the request to describe it and a caption."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lexiscope.core.case import Case
from lexiscope.core.turn import Turn
from lexiscope.corpus.wording import DESCRIBING, answer_key
from lexiscope.language.text.answer_leakage import leaking_sentences
from lexiscope.language.text.context import AS_PUBLISHED, LEVELS, context_of
from lexiscope.language.text.lexicon import Lexicon
from lexiscope.language.text.stated_attributes import DescribedCase

DESCRIBE = "Describe the image."
CAPTION = "caption"  # the kind of an example that was a passage


@dataclass(frozen=True, slots=True)
class InstructionExample:
    """Instruction and wanted answer about a case.

    Args:
        case: The case.
        question: The question, or the request to describe the image.
        answer: The answer to learn.
        kind: Kind of the turn (see `Turn`), or "caption".
        turn: Turn that question and answer came from; None for a passage.
        known: Contexts without the answer that may stand beside the image, from little to much; see `with_contexts`.
        published: Contexts with all that is written, likewise.
    """

    case: Case
    question: str
    answer: str
    kind: str
    turn: Turn | None = None
    known: tuple[str, ...] = ()
    published: tuple[str, ...] = ()

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics of the question, in the terms of its own set.

        Example:
            >>> from lexiscope.core import Provenance
            >>> turn = Turn("Is it red?", "Yes", topic="COLOUR")
            >>> InstructionExample(Case("a", "g", Provenance("table")), turn.question, turn.answer, "open", turn).topics
            ('COLOUR',)
        """
        return () if self.turn is None else self.turn.topics

    @property
    def contexts(self) -> tuple[str, ...]:
        """All contexts that may stand beside, of both kinds; one that tells the answer at no level is there twice."""
        return (*self.known, *self.published)


def find_instruction_examples(
    cases: Iterable[Case], *, modalities: Sequence[str], columns: Sequence[str] | None = None
) -> list[InstructionExample]:
    """Examples from the turns of cases that have an image of any of the modalities, and from describing passages.

    Args:
        cases: Cases to look through.
        modalities: Modalities that the model reads.
        columns: Passages from these source columns, or of these kinds; all that describe an image when None.

    Example:
        >>> from lexiscope.core import Image, Passage, Provenance
        >>> photo = Image("0" * 64, "photo", "png", (8, 8))
        >>> words = (Passage("caption", "A red disc."), Passage("title", "Figure 1"))
        >>> case = Case("a", "paper", Provenance("jats"), images={"photo": photo}, texts=words)
        >>> [example.answer for example in find_instruction_examples([case], modalities=["photo"])]
        ['A red disc.']
    """
    wanted = tuple(columns or DESCRIBING)
    examples = []
    for case in cases:
        if not set(modalities) & case.images.keys():
            continue
        examples += [InstructionExample(case, turn.question, turn.answer, turn.kind, turn) for turn in case.turns]
        examples += [
            InstructionExample(case, DESCRIBE, passage.text, CAPTION)
            for passage in case.texts
            if passage.is_from(wanted)
        ]
    return _written_alike(examples)


def find_described_cases(
    cases: Iterable[Case], *, modalities: Sequence[str], columns: Sequence[str] | None = None
) -> list[DescribedCase]:
    """Cases with an image of any of the modalities and the passages that describe it.

    Args:
        cases: Cases to look through.
        modalities: Modalities that the model reads.
        columns: Passages from these source columns, or of these kinds; all that describe an image when None.
    """
    captions: dict[str, tuple[Case, list[str]]] = {}
    for example in find_instruction_examples(cases, modalities=modalities, columns=columns):
        if example.kind == CAPTION:
            captions.setdefault(example.case.id, (example.case, []))[1].append(example.answer)
    return [DescribedCase(case, tuple(texts)) for case, texts in captions.values()]


def with_contexts(examples: Iterable[InstructionExample]) -> list[InstructionExample]:
    """The examples with the contexts that may stand beside each image, answer-free and as published.

    An assistant that is taught with both reads the answer where it is told and looks for it where it is not. Where it
    is unknown which sentences leak the answer, there are none.
    """
    lexicon = Lexicon.load()
    return [_with_contexts(example, lexicon) for example in examples]


def _with_contexts(example: InstructionExample, lexicon: Lexicon) -> InstructionExample:
    if example.turn is None or not example.turn.evidence:
        return example
    without = leaking_sentences(example.case, example.turn, lexicon)
    known, published = (
        tuple(dict.fromkeys(filter(None, (context_of(example.case, level, without=without) for level in levels))))
        for levels in (LEVELS, AS_PUBLISHED)
    )
    return replace(example, known=known, published=published)


def _written_alike(examples: Sequence[InstructionExample]) -> list[InstructionExample]:
    """Examples whose answers that read alike ("Yes", "yes.") are written as most of them are: one answer to learn."""
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for example in examples:
        forms[answer_key(example.answer)][example.answer] += 1
    common = {key: counts.most_common(1)[0][0] for key, counts in forms.items()}
    return [replace(example, answer=common[answer_key(example.answer)]) for example in examples]


def sample_per_case(examples: Sequence[InstructionExample], *, limit: int, seed: int) -> list[InstructionExample]:
    """At most `limit` examples of each case, drawn by the seed, in their order.

    Args:
        examples: Examples of any number of cases.
        limit: Examples of one case to keep.
        seed: Seed of the draw.

    Example:
        >>> from lexiscope.core import Provenance
        >>> case = Case("a", "g", Provenance("table"))
        >>> asked = [InstructionExample(case, f"Question {n}?", "Yes", "closed") for n in range(5)]
        >>> len(sample_per_case(asked, limit=2, seed=0))
        2
    """
    order = np.random.default_rng(seed).permutation(len(examples))
    taken: Counter[str] = Counter()
    kept = []
    for row in order:
        taken[examples[row].case.id] += 1
        if taken[examples[row].case.id] <= limit:
            kept.append(int(row))
    return [examples[row] for row in sorted(kept)]


def is_right(answer: str, truth: str) -> bool:
    """Check whether an answer counts as right for abstaining: it reads like the truth, or holds all its words.

    Example:
        >>> is_right("It is in the left lobe.", "left lobe"), is_right("yes", "Yes."), is_right("not red", "red")
        (True, True, False)
    """
    words = set(answer_key(answer).split())
    true = set(answer_key(truth).split())
    return answer_key(answer) == answer_key(truth) or (len(true) > 1 and true <= words)
