"""`ask`: the answer to a question about an image, with the cases it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from lexiscope.answering.pipeline import AnswerPipeline, Questions, RankedEvidence, ScoredCandidates
from lexiscope.answering.reranking import TokenStates
from lexiscope.answering.retrieval import build_retrieval_store
from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.prediction import Evidence, Prediction
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.features.token_store import tokens_of_batch
from lexiscope.index.filter import Filter, parse_filter, plain_values
from lexiscope.models.assistant.mixture import Mixture
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.inputs import Input, read_input
from lexiscope.tasks.training_part import training_part


def ask(
    model: ModelDirectory | Path | str,
    asked: Path | str,
    question: str,
    *,
    corpus: Corpus | Path | str | None = None,
    learned_from: Corpus | Path | str | None = None,
    where: Sequence[str] = (),
    modality: str | None = None,
    context: str | None = None,
    retrieve: bool = True,
    k: int = 3,
    progress: Progress | None = None,
) -> list[Prediction]:
    """Answer a question about an image.

    Cases whose images are alike are retrieved in the joint space, what was said about them is re-ranked by whether it
    holds here, and a language model that reads the image and the best of it answers. Evidence never comes from the
    patient, paper or specimen that is asked about.

    Args:
        asked: An image file; a folder with one image file for each modality, named after it; DICOM files of one study;
            or, with `corpus`, the id of a case.
        learned_from: The corpus that evidence comes from; what the assistant was taught on when None.
        where: Conditions that every case of the evidence satisfies, such as "attributes.age>=50".
        modality: What an image file or a DICOM series shows, when the model reads several modalities.
        context: What is known about the case, in words.
        retrieve: False answers from the image alone.
        k: Pieces of evidence to cite.

    Returns:
        One Prediction. Its value is {"question", "answer", "abstained"}; its score the probability of the answer; its
        evidence what was said about similar cases, those that support the answer first, with the scores of all stages.

    Raises:
        UsageError: an empty question, an input that fits no modality, or a condition that cannot be read.
        SourceError: an image file that cannot be read.
        ModelError: no assistant, or what it was taught on is gone.
    """
    if not question.strip():
        raise UsageError("a question needs words, got none; for example: lexiscope ask MODEL IMAGE 'Is there a crack?'")
    model = ModelDirectory.of(model)
    conditions = parse_filter(where)
    answerer = Answerer.open(model, learned_from=learned_from, retrieve=retrieve, progress=progress)
    given = read_input(asked, views=model.views(), corpus=corpus, modality=modality)
    questions = answerer.questions(given, question.strip(), context=context)
    weighed = next(answerer.answering(conditions).score_answers(questions, retrieve=retrieve))
    return [answerer.prediction(str(asked), question.strip(), weighed, k=k)]


@dataclass(frozen=True)
class Answerer:
    """An open assistant, for many questions. Use `Answerer.open`."""

    model: ModelDirectory
    source: CorpusPart
    parts: AnswerPipeline
    mixture: Mixture

    @classmethod
    def open(
        cls,
        model: ModelDirectory | Path | str,
        *,
        learned_from: Corpus | Path | str | None = None,
        retrieve: bool = True,
        progress: Progress | None = None,
    ) -> "Answerer":
        """Load the assistant, its re-ranker, and what was said about the cases it learned from.

        Args:
            retrieve: False leaves the corpus of the evidence alone.

        Raises:
            ModelError: no assistant, or what it was taught on is gone.
        """
        model = ModelDirectory.of(model)
        assistant, reranker, joint = model.assistant().merge_for_inference(), model.reranker(), model.joint()
        source = training_part(model, learned_from, part="assistant")
        memory = None
        if reranker is not None and retrieve:
            cases = list(source.corpus.cases(source.split))
            memory = build_retrieval_store(joint, source.corpus, cases, views=model.views(), progress=progress)
        read = int(model.record("assistant")["config"]["evidence"])
        answering = AnswerPipeline(
            joint, assistant, model.classifier(), reranker, memory, TokenStates(joint), read=read
        )
        return cls(model, source, answering, model.mixture())

    def answering(self, conditions: Filter | None = None) -> AnswerPipeline:
        """What answers, with evidence from cases that satisfy the conditions alone."""
        if self.parts.memory is None or conditions is None or not conditions.conditions:
            return self.parts
        conditions.require_known(f"attributes.{name}" for case in self.parts.memory.cases for name in case.attributes)
        admitted = np.array([conditions.admits(_fields(case)) for case in self.parts.memory.cases], dtype=bool)
        return self.parts.only(admitted)

    @torch.inference_mode()
    def questions(self, given: Input, question: str, *, context: str | None = None) -> Questions:
        """One question about one input."""
        joint, assistant = self.parts.joint, self.parts.assistant
        seen = tokens_of_batch(assistant.image_encoder(joint.image), given.images, plan=assistant.plan)
        there = given.images.to(joint.device)
        vector = joint.embed_images(there.images, there.present).float().cpu().numpy()
        return Questions([question], seen, vector, [given.own_groups(self.source)], [context])

    def prediction(self, asked: str, question: str, weighed: ScoredCandidates, *, k: int) -> Prediction:
        """What was proposed, decided: the answer, whether it is given at all, and what supports it."""
        answer, score = weighed.best(self.mixture)
        abstained = not weighed.weights(self.mixture).gives(score)
        value = {"question": question, "answer": answer, "abstained": abstained}
        cited = self.cited(weighed.found, answer)[:k]
        return Prediction(
            "answer",
            asked,
            value,
            score=score,
            uncertainty=1 - min(1.0, score),
            evidence=tuple(map(self._evidence, cited)),
        )

    def cited(self, found: Sequence[RankedEvidence], answer: str) -> list[RankedEvidence]:
        """Evidence in the order of citing: what supports the answer first, the best of it at the front."""
        memory = self.parts.memory
        if memory is None:
            return []
        return sorted(found, key=lambda one: not memory.items[one.retrieved.item].supports(answer))

    def _evidence(self, found: RankedEvidence) -> Evidence:
        memory = self.parts.memory
        assert memory is not None
        item = memory.items[found.retrieved.item]
        case = memory.cases[item.row]
        stages = {"image": found.retrieved.image, "wording": found.retrieved.wording, "rerank": found.chance}
        shown = {"path": self._picture(case), "licence": case.provenance.licence}
        return Evidence(case.id, case.group, found.chance, text=item.text, details={**stages, **shown})

    def _picture(self, case: Case) -> str:
        return str(self.source.corpus.object_path(case.images[min(case.images)]))


def _fields(case: Case) -> dict[str, str | int | float | Sequence[str]]:
    """What conditions can name."""
    named: dict[str, str | int | float | Sequence[str]] = {
        "case": case.id,
        "group": case.group,
        "licence": case.provenance.licence,
        "source": case.provenance.source,
        "modalities": sorted(case.images),
    }
    if case.split is not None:
        named["split"] = case.split
    return {**named, **{f"attributes.{name}": value for name, value in plain_values(case.attributes).items()}}
