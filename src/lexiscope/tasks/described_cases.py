"""`DescribedCases`: cases with the caption an assistant was trained on, found by their images."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from lexiscope.answering.examples import CAPTION, InstructionExample, find_instruction_examples
from lexiscope.core.case import Case
from lexiscope.core.prediction import Evidence
from lexiscope.core.progress import Progress
from lexiscope.corpus.part import CorpusPart
from lexiscope.features.vectors import case_vectors
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.joint import JointSpace
from lexiscope.tasks.evidence import EvidenceCases, nearest_rows
from lexiscope.tasks.inputs import Input


@dataclass(frozen=True)
class DescribedCases:
    """Described cases with the vectors of their images.

    Args:
        cases: Where they come from.
        examples: The first caption of each case.
        embeddings: Unit rows of the joint space, one an example.
    """

    cases: EvidenceCases
    examples: Sequence[InstructionExample]
    embeddings: Float32[np.ndarray, "n d"]

    @classmethod
    def read(
        cls, model: ModelDirectory, joint: JointSpace, part: CorpusPart, *, progress: Progress | None = None
    ) -> "DescribedCases":
        """The cases of a part that have a caption of the kind that the assistant was trained on, embedded once."""
        first = {example.case.id: example for example in reversed(training_captions(model, part.cases()))}
        examples = list(first.values())[::-1]
        described = [example.case for example in examples]
        embeddings = case_vectors(joint, part.corpus, described, views=model.views(), progress=progress)
        return cls(EvidenceCases.of(part), examples, embeddings)

    def nearest(
        self, embedding: Float32[np.ndarray, " d"], given: Input, *, k: int, where: Sequence[str] = ()
    ) -> tuple[Evidence, ...]:
        """The captions of the k nearest cases, of no group that the input belongs to.

        Args:
            embedding: Unit vector of the input's images.
            given: The input, for the groups that are left out.
            k: Number of cases at most.
            where: Conditions that the cases satisfy.
        """
        cosines, cases = self.embeddings @ embedding, [example.case for example in self.examples]
        excluded = self.cases.excluded_groups(given)
        rows = nearest_rows(cosines, cases, k=k, excluded_groups=excluded, where=where)
        return tuple(self._evidence(self.examples[row], float(cosines[row])) for row in rows)

    def _evidence(self, example: InstructionExample, cosine: float) -> Evidence:
        return self.cases.evidence(example.case, score=cosine, text=example.answer, image_cosine=cosine)


def training_captions(model: ModelDirectory, cases: Iterable[Case]) -> list[InstructionExample]:
    """The captions of cases, chosen as those that the assistant was trained on."""
    columns = model.record("assistant")["config"]["text_columns"]
    examples = find_instruction_examples(cases, modalities=list(model.views()), columns=columns)
    return [example for example in examples if example.kind == CAPTION]
