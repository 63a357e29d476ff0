"""The rows that instruction tuning trains on: what is seen of a case, what is asked, what should be said."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64

from lexiscope.answering.examples import InstructionExample
from lexiscope.features.token_store import TokenStore
from lexiscope.models.assistant.image_tokens import ImageTokens, with_questions
from lexiscope.models.assistant.prompt import write_prompt


@dataclass(frozen=True)
class InstructRows:
    """Lessons, as batches for `InstructStep`.

    Args:
        questions: What the text tower says about each lesson's question, unit rows.
        evidence: Texts about similar cases, for each lesson.
        contexts: What may be told beside the image, for each lesson; possibly nothing.
        evidence_dropout: Share of the lessons that come without evidence.
        context_dropout: Share of the lessons that come without context.
        modality_dropout: Chance that a modality is withheld; one always stays.
    """

    lessons: Sequence[InstructionExample]
    tokens: TokenStore
    questions: Float32[np.ndarray, "n w"]
    evidence: Sequence[Sequence[str]]
    contexts: Sequence[Sequence[str]]
    seed: int
    evidence_dropout: float = 0.0
    context_dropout: float = 1.0
    modality_dropout: float = 0.0

    def __len__(self) -> int:
        return len(self.lessons)

    def names(self, rows: Int64[np.ndarray, " b"]) -> list[str]:
        """The case ids of rows."""
        return [self.lessons[row].case.id for row in rows]

    def batch(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> dict[str, Any]:
        """What `InstructStep` takes."""
        chosen = [self.lessons[row] for row in rows]
        images = self.tokens.of([example.case for example in chosen])
        # By row, not by batch: several processes that share a batch draw what one would
        chances = [np.random.default_rng((self.seed, epoch, int(row))) for row in rows]
        draws = np.stack([chance.random(3 + len(images.present)) for chance in chances])
        return {
            "seen": with_questions(self._withheld(images, draws[:, 3:]), torch.from_numpy(self.questions[rows])),
            "prompts": [
                write_prompt(
                    example.question, evidence=self._evidence(row, drawn[0]), context=self._context(row, *drawn[1:3])
                )
                for row, example, drawn in zip(rows, chosen, draws, strict=True)
            ],
            "answers": [example.answer for example in chosen],
        }

    def _evidence(self, row: int, draw: float) -> Sequence[str]:
        return () if draw < self.evidence_dropout else self.evidence[row]

    def _context(self, row: int, draw: float, which: float) -> str | None:
        known = self.contexts[row]
        return known[int(which * len(known))] if known and draw >= self.context_dropout else None

    def _withheld(self, seen: ImageTokens, chances: Float[np.ndarray, "b m"]) -> ImageTokens:
        there, draws = torch.stack(list(seen.present.values()), dim=1), torch.from_numpy(chances)  # (b, m)
        kept = there & (draws >= self.modality_dropout)
        lucky = torch.where(there, draws, -1.0).argmax(dim=1)  # of those that are there, the one that stays for sure
        kept[torch.arange(len(kept)), lucky] = True
        return ImageTokens(seen.tokens, dict(zip(seen.present, kept.unbind(dim=1), strict=True)))
