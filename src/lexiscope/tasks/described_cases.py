"""`DescribedCases`: cases that captions were learned from, found by their images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from lexiscope.answering.captioning import NearestWriter
from lexiscope.answering.examples import find_described_cases
from lexiscope.core.case import Case
from lexiscope.core.prediction import Evidence
from lexiscope.core.progress import Progress
from lexiscope.corpus.part import CorpusPart
from lexiscope.features.vectors import case_vectors
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.joint import JointSpace
from lexiscope.tasks.evidence import EvidenceCases, admitted, nearest_rows
from lexiscope.tasks.inputs import Input


@dataclass(frozen=True)
class DescribedCases:
    """Cases learned from with the vectors of their images.

    Args:
        source: Where they come from.
        cases: The cases: those with a caption or, where none has one, all with an image.
        captions: The first caption of each; None where none has one.
        embeddings: Unit rows of the joint space, one a case.
    """

    source: EvidenceCases
    cases: Sequence[Case]
    captions: Sequence[str] | None
    embeddings: Float32[np.ndarray, "n d"]

    @classmethod
    def read(
        cls, model: ModelDirectory, joint: JointSpace, part: CorpusPart, *, progress: Progress | None = None
    ) -> "DescribedCases":
        """The cases of a part, with the captions that the assistant was trained on, embedded once."""
        views = model.views()
        cases = [case for case in part.cases() if views.keys() & case.images.keys()]
        described = find_described_cases(cases, modalities=list(views), columns=caption_columns(model))
        captions = [one.references[0] for one in described] or None
        kept = [one.case for one in described] or cases
        embeddings = case_vectors(joint, part.corpus, kept, views=views, progress=progress)
        return cls(EvidenceCases.of(part), kept, captions, embeddings)

    def writer(self, where: Sequence[str] = ()) -> NearestWriter | None:
        """Writer that takes the caption of the nearest case; None where no case has one.

        Args:
            where: Conditions that the cases satisfy.

        Raises:
            UsageError: a condition on an attribute that no case has.
        """
        if self.captions is None:
            return None
        rows = np.flatnonzero(admitted(self.cases, where)).tolist() if where else list(range(len(self.cases)))
        captions, groups = [self.captions[row] for row in rows], [self.cases[row].group for row in rows]
        return NearestWriter(captions, self.embeddings[rows], groups)

    def nearest(
        self,
        embedding: Float32[np.ndarray, " d"],
        given: Input,
        *,
        k: int,
        where: Sequence[str] = (),
        values: Mapping[str, str] | None = None,
    ) -> tuple[Evidence, ...]:
        """The k nearest cases with their captions, of no group that the input belongs to.

        Args:
            embedding: Unit vector of the input's images.
            given: The input, for the groups that are left out.
            k: Number of cases at most.
            where: Conditions that the cases satisfy.
            values: Attribute -> value that the cases have.
        """
        cosines, excluded = self.embeddings @ embedding, self.source.excluded_groups(given)
        having = np.array([_has(case, values or {}) for case in self.cases], dtype=bool)
        rows = nearest_rows(np.where(having, cosines, -np.inf), self.cases, k=k, excluded_groups=excluded, where=where)
        return tuple(self._evidence(row, float(cosines[row]), values) for row in rows if having[row])

    def _evidence(self, row: int, cosine: float, values: Mapping[str, str] | None) -> Evidence:
        text = None if self.captions is None else self.captions[row]
        states = {} if values is None else {"attributes": dict(values)}
        return self.source.evidence(self.cases[row], score=cosine, text=text, image_cosine=cosine, **states)


def caption_columns(model: ModelDirectory) -> Sequence[str] | None:
    """Columns or kinds of the passages that an assistant learned to write; None for all that describe images."""
    columns: Sequence[str] | None = (
        model.record("assistant")["config"]["text_columns"] if model.has("assistant") else None
    )
    return columns


def _has(case: Case, values: Mapping[str, str]) -> bool:
    return all(str(case.attributes.get(name)) == value for name, value in values.items())
