"""`CaptionPipeline`: writers of captions, asked in turn: composed from attributes, the nearest case's, decoded."""

from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from jaxtyping import Float32

from lexiscope.answering.examples import DESCRIBE
from lexiscope.answering.retrieval import question_vectors
from lexiscope.core.batched import batched
from lexiscope.core.progress import Progress
from lexiscope.language.captions.template import attribute_clause
from lexiscope.language.text.sentences import finished_part
from lexiscope.models.assistant.assistant import Assistant
from lexiscope.models.assistant.captions import COMPOSED, DECODER, NEAREST, TYPICAL
from lexiscope.models.assistant.image_tokens import ImageTokens, with_questions
from lexiscope.models.assistant.prompt import write_prompt
from lexiscope.models.attributes import AttributePredictor, PredictedValue, ValuePair
from lexiscope.models.joint import JointSpace

CAPTION_TOKENS = 96  # of a decoded caption, unless another length is asked for
CANNOT_TELL = "What this image shows cannot be told."
STATED, SURE = 1 / 3, 2 / 3  # least probability of a clause, and of one that needs no "possibly"
_ROWS = 16  # captions decoded at once


@dataclass(frozen=True)
class SeenCases:
    """Images that are described, as the parts of a model see them.

    Args:
        tokens: Image tokens of the joint space's encoder.
        embeddings: Unit rows of the joint space.
        excluded_groups: Groups that the caption of each case is never taken from.
        decoded: Gives the image tokens that the language model reads; called only where it writes.
    """

    tokens: ImageTokens
    embeddings: Float32[np.ndarray, "n d"]
    excluded_groups: Sequence[Collection[str]]
    decoded: Callable[[], ImageTokens]

    def __len__(self) -> int:
        return len(self.embeddings)


@dataclass(frozen=True, slots=True)
class Clause:
    """Part of a caption with what it rests on.

    Args:
        text: Words of the clause.
        predicted: The attribute's value that it states, with its probability.
    """

    text: str
    predicted: PredictedValue


@dataclass(frozen=True, slots=True)
class WrittenCaption:
    """Caption of one case.

    Args:
        text: The caption; it never ends in the middle of a sentence.
        writer: Name of its writer; see `lexiscope.models.assistant.captions`.
        score: Mean probability of the clauses or, decoded, of the tokens (geometric); cosine of the nearest case.
        clauses: Its clauses with what they rest on, where it was composed.
        abstained: True where nothing can be told.
    """

    text: str
    writer: str
    score: float
    clauses: tuple[Clause, ...] = ()
    abstained: bool = False


class CaptionWriter(Protocol):
    """One way to captions."""

    @property
    def name(self) -> str:
        """Its name in `lexiscope.models.assistant.captions.WRITERS`."""

    def write(self, seen: SeenCases, rows: Sequence[int]) -> list[WrittenCaption | None]:
        """A caption for each of some rows; None where it has nothing to say."""


@dataclass(frozen=True)
class CaptionPipeline:
    """Writers in the order in which they are asked.

    Args:
        writers: The writers.
    """

    writers: Sequence[CaptionWriter]

    @torch.inference_mode()
    def write(self, seen: SeenCases) -> list[WrittenCaption]:
        """The first caption that a writer has for each case; one that says that it cannot tell where none has any."""
        captions: dict[int, WrittenCaption] = {}
        for writer in self.writers:
            left = [row for row in range(len(seen)) if row not in captions]
            written = writer.write(seen, left) if left else []
            captions |= {row: caption for row, caption in zip(left, written, strict=True) if caption is not None}
        silent = WrittenCaption(CANNOT_TELL, self.writers[0].name if self.writers else COMPOSED, 0.0, abstained=True)
        return [captions.get(row, silent) for row in range(len(seen))]


@dataclass(frozen=True)
class ComposedWriter:
    """Sentences from attributes that are predicted with enough confidence, one clause each; see `compose`.

    Args:
        predictor: Predictor of the attributes.
    """

    predictor: AttributePredictor
    name: str = COMPOSED

    def write(self, seen: SeenCases, rows: Sequence[int]) -> list[WrittenCaption | None]:
        """A caption for each row."""
        predicted = self.predictor.predict(seen.tokens.rows(list(rows)))
        return [compose(one, self.predictor.contradictions) for one in predicted]


@dataclass(frozen=True)
class NearestWriter:
    """The caption of the case learned from whose image is most alike.

    Args:
        captions: A caption of each case.
        embeddings: Unit rows of the cases.
        groups: Group of each case.
    """

    captions: Sequence[str]
    embeddings: Float32[np.ndarray, "m d"]
    groups: Sequence[str]
    name: str = NEAREST

    def write(self, seen: SeenCases, rows: Sequence[int]) -> list[WrittenCaption | None]:
        """The nearest caption of another group for each row."""
        groups = np.array(self.groups, dtype=object)
        written: list[WrittenCaption | None] = []
        for row in rows:
            cosines = self.embeddings @ seen.embeddings[row]
            cosines[np.isin(groups, list(seen.excluded_groups[row]))] = -np.inf
            best = int(cosines.argmax()) if len(cosines) else -1
            known = best >= 0 and bool(np.isfinite(cosines[best]))
            written.append(WrittenCaption(self.captions[best], self.name, float(cosines[best])) if known else None)
        return written


@dataclass(frozen=True)
class TypicalWriter:
    """Always the same caption: what can be said without looking.

    Args:
        caption: The caption.
    """

    caption: str
    name: str = TYPICAL

    def write(self, seen: SeenCases, rows: Sequence[int]) -> list[WrittenCaption | None]:  # noqa: ARG002 - not looking
        """The caption, for each row."""
        return [WrittenCaption(self.caption, self.name, 0.0) if self.caption else None for _ in rows]


@dataclass(frozen=True)
class DecoderWriter:
    """What a language model decodes from image tokens, up to its last finished sentence.

    Args:
        assistant: The language model with its projector.
        joint: Joint space whose text tower reads the request to describe.
        max_tokens: Longest caption.
        progress: Called with the captions decoded so far.
    """

    assistant: Assistant
    joint: JointSpace
    max_tokens: int
    progress: Progress | None = None
    name: str = DECODER

    def write(self, seen: SeenCases, rows: Sequence[int]) -> list[WrittenCaption | None]:
        """A caption for each row; None where no sentence was finished."""
        tokens, written = seen.decoded(), list[WrittenCaption | None]()
        for some in batched(rows, _ROWS):
            written += self._decoded(tokens.rows(list(some)))
            if self.progress is not None:
                self.progress(len(written), len(rows), "captions written")
        return written

    def _decoded(self, tokens: ImageTokens) -> list[WrittenCaption | None]:
        n = len(next(iter(tokens.present.values())))
        asking = with_questions(tokens, torch.from_numpy(question_vectors(self.joint, [DESCRIBE] * n)))
        prompts = [write_prompt(DESCRIBE)] * n
        captions: list[WrittenCaption | None] = []
        for each in self.assistant.say(asking.to(self.assistant.device), prompts, max_tokens=self.max_tokens):
            text = finished_part(each.text, ended=each.ended)
            score = float(np.exp(each.log_likelihood / max(1, each.tokens)))
            captions.append(WrittenCaption(text, self.name, score) if text else None)
        return captions


def compose(predicted: Sequence[PredictedValue], contradictions: Set[ValuePair] = frozenset()) -> WrittenCaption:
    """A sentence of the values that are likely enough, the surest first; it says "possibly" where it is not sure.

    A value is left out below a probability of a third, and where it contradicts a surer one; it is possible below two
    thirds. Where none is left, the caption says that it cannot tell.

    Args:
        predicted: Likeliest value of each attribute of one case.
        contradictions: Values of two attributes that do not go together.

    Example:
        >>> compose([PredictedValue("grade", "G2", 0.5), PredictedValue("side", "left", 0.9)]).text
        'Side: left; grade: possibly G2.'
        >>> compose([PredictedValue("lobe", "frontal", 0.2)]).text
        'What this image shows cannot be told.'
    """
    stated = list[PredictedValue]()
    for one in sorted(predicted, key=lambda one: -one.probability):
        if one.probability >= STATED and not any(_pair(one, surer) in contradictions for surer in stated):
            stated.append(one)
    clauses = [Clause(attribute_clause(one.attribute, one.value, sure=one.probability >= SURE), one) for one in stated]
    if not clauses:
        return WrittenCaption(CANNOT_TELL, COMPOSED, 0.0, abstained=True)
    text = "; ".join(clause.text for clause in clauses)
    score = float(np.mean([clause.predicted.probability for clause in clauses]))
    return WrittenCaption(f"{text[0].upper()}{text[1:]}.", COMPOSED, score, tuple(clauses))


def _pair(one: PredictedValue, other: PredictedValue) -> ValuePair:
    return frozenset({(one.attribute, one.value), (other.attribute, other.value)})


def writers_in_order(order: Sequence[str], writers: Sequence[CaptionWriter]) -> CaptionPipeline:
    """Pipeline of those of the writers that there are, in an order of their names.

    Example:
        >>> [writer.name for writer in writers_in_order(("decoder", "typical"), [TypicalWriter("A scan.")]).writers]
        ['typical']
    """
    by_name: Mapping[str, CaptionWriter] = {writer.name: writer for writer in writers}
    return CaptionPipeline([by_name[name] for name in order if name in by_name])
