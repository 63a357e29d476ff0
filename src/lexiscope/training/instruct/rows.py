"""`InstructRows`: the rows of instruction tuning: image tokens of a case, a prompt, and the answer to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    """Examples, as batches for `InstructStep`.

    Args:
        examples: Questions with their answers.
        tokens: Image tokens of their cases.
        questions: Vector of each example's question from the text tower, unit rows.
        evidence: Texts about similar cases, for each example.
        seed: Seed of all dropouts.
        evidence_dropout: Share of the examples that come without evidence.
        context_dropout: Share of the examples that come without context.
        modality_dropout: Probability that a modality is withheld; one always stays.
    """

    examples: Sequence[InstructionExample]
    tokens: TokenStore
    questions: Float32[np.ndarray, "n w"]
    evidence: Sequence[Sequence[str]]
    seed: int
    evidence_dropout: float = 0.0
    context_dropout: float = 1.0
    modality_dropout: float = 0.0

    def __len__(self) -> int:
        return len(self.examples)

    def names(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> list[str]:  # noqa: ARG002 - the same in all
        """Case ids of rows."""
        return [self.examples[row].case.id for row in rows]

    def batch(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> dict[str, Any]:
        """Batch for `InstructStep`: "seen" image tokens, "prompts" and "answers"."""
        chosen = [self.examples[row] for row in rows]
        images = self.tokens.of([example.case for example in chosen])
        # By row, not by batch: several processes that share a batch draw what one would
        generators = [np.random.default_rng((self.seed, epoch, int(row))) for row in rows]
        draws = np.stack([rng.random(3 + len(images.present)) for rng in generators])
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
        known = self.examples[row].contexts
        return known[int(which * len(known))] if known and draw >= self.context_dropout else None

    def _withheld(self, images: ImageTokens, draws: Float[np.ndarray, "b m"]) -> ImageTokens:
        """Image tokens with some of the modalities marked absent."""
        present, drawn = torch.stack(list(images.present.values()), dim=1), torch.from_numpy(draws)  # (b, m)
        kept = present & (drawn >= self.modality_dropout)
        stays = torch.where(present, drawn, -1.0).argmax(dim=1)  # of the present ones, the one that stays for sure
        kept[torch.arange(len(kept)), stays] = True
        return replace(images, present=dict(zip(images.present, kept.unbind(dim=1), strict=True)))
