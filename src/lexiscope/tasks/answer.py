"""`Answerer`: the answer to a question about an image, with the cases it rests on; `ask` for one question."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, field_validator

from lexiscope.core.errors import UsageError
from lexiscope.core.prediction import Evidence, OutOfDistribution, Prediction
from lexiscope.core.progress import Progress
from lexiscope.core.settings import Argument, Flag, Settings
from lexiscope.tasks.options import LearnedFrom, Where
from lexiscope.tasks.task import Task, require_input

if TYPE_CHECKING:
    from torch import Tensor

    from lexiscope.answering.candidates import ScoredCandidates
    from lexiscope.answering.pipeline import AnswerPipeline
    from lexiscope.answering.questions import Questions
    from lexiscope.answering.reranking import RankedEvidence
    from lexiscope.corpus import Corpus
    from lexiscope.models.assistant.image_tokens import ImageTokens
    from lexiscope.models.assistant.mixture import Mixture
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.models.ood_detector import OodDetector
    from lexiscope.tasks.evidence import EvidenceCases
    from lexiscope.tasks.inputs import Input


_TEXTS = 4096  # texts whose token states are kept between questions


class AnswerSettings(Settings):
    """Settings of an open assistant.

    Args:
        learned_from: Corpus that evidence comes from, in place of the one the assistant was trained on.
        retrieve: Look for evidence in similar cases, or answer from the image alone.
    """

    learned_from: LearnedFrom = None
    retrieve: Annotated[bool, Flag("--retrieval/--no-retrieval")] = True


class AnswerRequest(Settings):
    """A question about one input.

    Args:
        question: What you want to know.
        where: Only evidence from such cases, for example 'attributes.age>=50'. Repeatable.
        context: What is known about the case, in words.
        k: Pieces of evidence to cite.
    """

    question: Annotated[str, Argument("QUESTION")]
    where: Where = ()
    context: str | None = None
    k: Annotated[int, Flag("-k"), Field(ge=0)] = 3

    @field_validator("question")
    @classmethod
    def _has_words(cls, question: str) -> str:
        if not question.strip():
            msg = "a question needs words, got none; for example: lexiscope ask MODEL IMAGE 'Is there a crack?'"
            raise UsageError(msg)
        return question.strip()


def ask(
    model: "ModelDirectory | Path | str",
    image: Path | str,
    question: str,
    *,
    corpus: "Corpus | Path | str | None" = None,
    learned_from: "Corpus | Path | str | None" = None,
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
        model: A model directory with an assistant.
        image: An image file; a folder with one image file for each modality, named after it; DICOM files of one study;
            or, with `corpus`, the id of a case.
        question: What you want to know.
        corpus: The corpus that holds the case.
        learned_from: Corpus that evidence comes from; the one the assistant was trained on when None.
        where: Conditions that every case of the evidence satisfies, such as "attributes.age>=50".
        modality: What an image file or a DICOM series shows, when the model reads several modalities.
        context: What is known about the case, in words.
        retrieve: False answers from the image alone.
        k: Pieces of evidence to cite.
        progress: Called while the model and its evidence are loaded.

    Returns:
        One Prediction. Its value is {"question", "answer", "abstained", "read_from_context"}, the last true where the
        answer is a sentence of the context that was given: read, not seen. Its score is how likely the answer is (see
        `ScoredCandidates`); its evidence what was said about similar cases, those that support the answer first, with
        the scores of all stages. Where a sentence names a structure that the cited case has a mask of, the evidence has
        its region and, in its details, "structure".

    Raises:
        UsageError: an empty question, an input that fits no modality, or a condition that cannot be read.
        SourceError: an image file that cannot be read.
        ModelError: no assistant, or what it was trained on is gone.
    """
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.tasks.inputs import read_input

    request = AnswerRequest.of({"question": question, "where": where, "context": context, "k": k})
    settings = AnswerSettings.of({"learned_from": learned_from, "retrieve": retrieve})
    model = ModelDirectory.of(model)
    with Answerer.open(model, settings, progress=progress) as answerer:
        given = read_input(image, views=model.views(), corpus=corpus, modality=modality)
        return [answerer.predict(given, request)]


class Answerer(Task[AnswerSettings, AnswerRequest]):
    """Answer a question about an image from the image and from similar cases, cite them, or abstain.

    Evidence never comes from the patient, paper or specimen that is asked about.
    """

    name: ClassVar[str] = "answer"
    verb: ClassVar[str] = "ask"
    part: ClassVar[str] = "assistant"
    Settings = AnswerSettings
    Request = AnswerRequest
    reads_image: ClassVar[bool] = True

    def __init__(
        self,
        cases: "EvidenceCases",
        pipeline: "AnswerPipeline",
        mixture: "Mixture",
        ood: "OodDetector | None" = None,
    ) -> None:
        self.cases = cases
        self.pipeline = pipeline
        self.mixture = mixture
        self.ood = ood
        self._lock = Lock()

    @classmethod
    def open(
        cls,
        model: "ModelDirectory | Path | str",
        settings: AnswerSettings | None = None,
        *,
        progress: Progress | None = None,
    ) -> "Answerer":
        """Load the assistant, its re-ranker, and what was said about the cases it learned from.

        Raises:
            ModelError: no assistant, or what it was trained on is gone.
        """
        from lexiscope.answering.pipeline import AnswerPipeline
        from lexiscope.answering.reranking import TokenStates
        from lexiscope.answering.retrieval import build_retrieval_store
        from lexiscope.models.directory import ModelDirectory
        from lexiscope.tasks.evidence import EvidenceCases
        from lexiscope.tasks.training_part import training_part

        model, settings = ModelDirectory.of(model), settings or AnswerSettings()
        assistant, reranker, joint = model.assistant().merge_for_inference(), model.reranker(), model.joint()
        part = training_part(model, settings.learned_from, part=cls.part)
        store = None
        if reranker is not None and settings.retrieve:
            cases = list(part.cases())
            store = build_retrieval_store(joint, part.corpus, cases, views=model.views(), progress=progress)
        read = int(model.record("assistant")["config"]["evidence"])
        words = TokenStates(joint, most=_TEXTS)
        pipeline = AnswerPipeline(joint, assistant, model.classifier(), reranker, store, words, read=read)
        return cls(EvidenceCases.of(part), pipeline, model.mixture(), model.ood_detector("joint"))

    def predict(
        self,
        given: "Input | None",
        request: AnswerRequest,
        *,
        progress: Progress | None = None,  # noqa: ARG002 - its steps are of unequal length
    ) -> Prediction:
        """The answer to a question about one input; see `lexiscope.ask` for its form.

        Raises:
            UsageError: no input, or a condition on an attribute that no case has.
        """
        given = require_input(given, self)
        with self._lock:
            pipeline = self.restricted(request.where)
            tokens, readouts = self._read_images(given)
            questions = self._questions(given, request.question, request.context, tokens, readouts)
            candidates = next(pipeline.score_answers(questions))
            prediction = self.prediction(given.name, request, candidates)
            return replace(prediction, out_of_distribution=self._out_of_distribution(given, readouts))

    def restricted(self, where: Sequence[str]) -> "AnswerPipeline":
        """The pipeline, its evidence limited to the cases that satisfy the conditions.

        Raises:
            UsageError: a condition on an attribute that no case has.
        """
        from lexiscope.tasks.evidence import admitted

        store = self.pipeline.store
        return self.pipeline if store is None or not where else self.pipeline.only(admitted(store.cases, where))

    def questions(self, given: "Input", question: str, *, context: str | None = None) -> "Questions":
        """A question about one input, as the pipeline takes it.

        Args:
            given: Its images are encoded here.
            question: The question in words.
            context: What is known about the case, in words.
        """
        return self._questions(given, question, context, *self._read_images(given))

    def prediction(self, case: str, request: AnswerRequest, candidates: "ScoredCandidates") -> Prediction:
        """The decision among scored candidates: the answer, whether it is given at all, and what supports it.

        Args:
            case: Id of the case, or path of the file.
            request: What was asked.
            candidates: All candidate answers with their scores.
        """
        from lexiscope.answering.retrieval import answer_sentences

        answer, score = candidates.best(self.mixture)
        abstained = not candidates.weights(self.mixture).gives(score)
        return Prediction(
            self.name,
            case,
            {
                "question": request.question,
                "answer": answer,
                "abstained": abstained,
                "read_from_context": answer in answer_sentences(request.context),
            },
            score=score,
            uncertainty=1 - min(1.0, score),
            evidence=tuple(self._evidence(cited) for cited in self.cited(candidates.evidence, answer)[: request.k]),
        )

    def _read_images(self, given: "Input") -> "tuple[ImageTokens, Mapping[str, Tensor]]":
        """Image tokens and the joint space's readouts, from one pass where the joint space's encoder makes both."""
        import torch

        from lexiscope.features.token_store import tokens_of_batch
        from lexiscope.models.assistant.vision_encoder import HubVisionEncoder

        joint, assistant = self.pipeline.joint, self.pipeline.assistant
        reader = assistant.image_encoder(joint.image)
        with torch.inference_mode():
            tokens = tokens_of_batch(reader, given.images, plan=assistant.plan)
            if not isinstance(reader, HubVisionEncoder):
                return tokens, {name: read.summary for name, read in tokens.tokens.items()}
            batch = given.images.to(joint.device)
            return tokens, joint.image_features(batch.images, batch.present)

    def _questions(
        self,
        given: "Input",
        question: str,
        context: str | None,
        tokens: "ImageTokens",
        readouts: "Mapping[str, Tensor]",
    ) -> "Questions":
        import torch

        from lexiscope.answering.questions import Questions

        joint = self.pipeline.joint
        with torch.inference_mode():
            embedded = joint.project_images(readouts, given.images.to(joint.device).present)
        images = embedded.float().cpu().numpy()
        return Questions([question], tokens, images, [self.cases.excluded_groups(given)], [context])

    def _out_of_distribution(self, given: "Input", readouts: "Mapping[str, Tensor]") -> OutOfDistribution | None:
        if self.ood is None:
            return None
        return self.ood.judge(self.pipeline.joint.image.known_features(readouts, given.images.present))

    def cited(self, ranked: "Sequence[RankedEvidence]", answer: str) -> "list[RankedEvidence]":
        """Evidence in the order of citing: what supports the answer first, the best of it at the front."""
        store = self.pipeline.store
        if store is None:
            return []
        return sorted(ranked, key=lambda evidence: not store.items[evidence.retrieved.item].supports(answer))

    def _evidence(self, ranked: "RankedEvidence") -> Evidence:
        from lexiscope.tasks.cited_region import cited_region

        store, retrieved = self.pipeline.store, ranked.retrieved
        assert store is not None
        item = store.items[retrieved.item]
        case = store.cases[item.row]
        stages = {"image_cosine": retrieved.image, "text_cosine": retrieved.wording, "rerank": ranked.probability}
        cited = self.cases.evidence(case, score=ranked.probability, text=item.text, **stages)
        found = cited_region(self.cases.part.corpus, case, item.text)
        if found is None:
            return cited
        return replace(cited, region=found.box, details={**cited.details, "structure": found.structure})
