"""`Captioner`: a sentence about an image, with what it rests on; `caption` for one image."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from lexiscope.core.prediction import Evidence, Prediction
from lexiscope.core.progress import Progress
from lexiscope.core.settings import Flag, Settings
from lexiscope.tasks.options import LearnedFrom, Where
from lexiscope.tasks.task import Task, require_input

if TYPE_CHECKING:
    from lexiscope.answering.captioning import CaptionPipeline, SeenCases, WrittenCaption
    from lexiscope.corpus import Corpus
    from lexiscope.models.assistant.assistant import Assistant
    from lexiscope.models.assistant.captions import CaptionModel
    from lexiscope.models.assistant.image_tokens import ImageTokens
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.models.joint import JointSpace
    from lexiscope.tasks.described_cases import DescribedCases
    from lexiscope.tasks.inputs import Input


class CaptionSettings(Settings):
    """Settings of an open captioner.

    Args:
        learned_from: Corpus that evidence comes from, in place of the one the model was trained on.
        retrieve: Show the nearest cases beside the caption, or the caption alone, which is then never that of another
            case.
    """

    learned_from: LearnedFrom = None
    retrieve: Annotated[bool, Flag("--retrieval/--no-retrieval")] = True


class CaptionRequest(Settings):
    """Length and evidence of the caption of one image.

    Args:
        k: Nearest cases to show, beside the caption and beside each of its clauses; never one of the case's own group.
        where: Only evidence from such cases, for example 'attributes.age>=50'. Repeatable.
        max_tokens: Longest caption that the language model decodes, in its tokens.
    """

    k: Annotated[int, Flag("-k"), Field(ge=0)] = 3
    where: Where = ()
    max_tokens: Annotated[int, Field(ge=1)] = 96


def caption(
    model: "ModelDirectory | Path | str",
    image: Path | str,
    *,
    corpus: "Corpus | Path | str | None" = None,
    learned_from: "Corpus | Path | str | None" = None,
    where: Sequence[str] = (),
    modality: str | None = None,
    k: int = 3,
    max_tokens: int = 96,
    progress: Progress | None = None,
) -> list[Prediction]:
    """Describe an image.

    Training weighed on held-out cases who writes best what is there: sentences composed from attributes that the image
    shows with calibrated confidence, the caption of the nearest case, or the language model. A model without an
    assistant composes, too, where the cases that it learned from have attributes.

    Args:
        model: A model directory with an assistant, or with a joint space that learned from cases with attributes.
        image: An image file; a folder with one image file for each modality, named after it; DICOM files of one study;
            or, with `corpus`, the id of a case.
        corpus: The corpus that holds the case.
        learned_from: Corpus that evidence comes from; the one the model was trained on when None.
        where: Conditions that every case of the evidence satisfies, such as "attributes.age>=50".
        modality: What an image file or a DICOM series shows, when the model reads several modalities.
        k: Nearest cases to give as evidence; never one of the case's own group. 0 opens no corpus where there is an
            assistant, and then the caption is never that of another case.
        max_tokens: Longest caption that the language model decodes, in its tokens.
        progress: Called while the model and its evidence are loaded.

    Returns:
        One Prediction. Its value is {"caption", "writer", "abstained", "clauses"}: the writer is "composed", "nearest",
        "decoder" or "typical"; each clause of a composed caption is {"text", "attribute", "value", "probability",
        "sure", "cases"}, the cases being those of the evidence that have this value. No clause is less likely than a
        third; where no attribute is as likely, the caption says that it cannot tell. Its score is the mean probability
        of the clauses, the cosine of the nearest case, or the mean probability of the tokens (geometric); its evidence
        the nearest cases of those learned from, with their cosines and captions.

    Raises:
        UsageError: an input that fits no modality, or an assistant that learned nothing to describe with.
        SourceError: an image file that cannot be read.
        ModelError: nothing to describe with, or what it was trained on is gone; a verb that predicts never trains.
    """
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.tasks.inputs import read_input

    request = CaptionRequest.of({"k": k, "where": where, "max_tokens": max_tokens})
    settings = CaptionSettings.of({"learned_from": learned_from, "retrieve": k > 0})
    model = ModelDirectory.of(model)
    with Captioner.open(model, settings, progress=progress) as captioner:
        given = read_input(image, views=model.views(), corpus=corpus, modality=modality)
        return [captioner.predict(given, request)]


class Captioner(Task[CaptionSettings, CaptionRequest]):
    """Describe an image in words, with what they rest on and the cases that are alike."""

    name: ClassVar[str] = "caption"
    part: ClassVar[str] = "assistant"
    Settings = CaptionSettings
    Request = CaptionRequest
    reads_image: ClassVar[bool] = True

    def __init__(
        self,
        joint: "JointSpace",
        captions: "CaptionModel",
        assistant: "Assistant | None",
        described: "DescribedCases | None",
    ) -> None:
        self.joint = joint
        self.captions = captions
        self.assistant = assistant
        self.described = described
        self._lock = Lock()

    @classmethod
    def open(
        cls,
        model: "ModelDirectory | Path | str",
        settings: CaptionSettings | None = None,
        *,
        progress: Progress | None = None,
    ) -> "Captioner":
        """Load what writes captions, and the cases that it was learned from with their vectors.

        Raises:
            ModelError: no assistant and no attributes to compose from, or what it was trained on is gone; the message
                holds the command.
            UsageError: an assistant that learned neither captions nor attributes.
        """
        from lexiscope.models.directory import ModelDirectory
        from lexiscope.tasks.caption_model import caption_model
        from lexiscope.tasks.described_cases import DescribedCases
        from lexiscope.tasks.training_part import training_part

        model, settings = ModelDirectory.of(model), settings or CaptionSettings()
        model.part("joint")  # what comes first is named first
        part = "assistant" if model.has("assistant") else None
        captions = caption_model(model, settings.learned_from, progress=progress)
        assistant = model.assistant().merge_for_inference() if part else None
        joint, described = model.joint(), None
        if settings.retrieve:
            learned = training_part(model, settings.learned_from, part=part)
            described = DescribedCases.read(model, joint, learned, progress=progress)
        return cls(joint, captions, assistant, described)

    def predict(
        self,
        given: "Input | None",
        request: CaptionRequest,
        *,
        progress: Progress | None = None,  # noqa: ARG002 - its steps are of unequal length
    ) -> Prediction:
        """The caption of one input; see `lexiscope.caption` for its form.

        Raises:
            UsageError: no input, or a condition on an attribute that no case has.
        """
        import torch

        given = require_input(given, self)
        with self._lock, torch.inference_mode():
            seen = self._see(given)
            (written,) = self.pipeline(max_tokens=request.max_tokens, where=request.where).write(seen)
            by_clause = [
                self._nearest(seen, given, request, values={clause.predicted.attribute: clause.predicted.value})
                for clause in written.clauses
            ]
            evidence = (*self._nearest(seen, given, request), *(one for some in by_clause for one in some))
            return Prediction(
                self.name, given.name, _value(written, by_clause), written.score, evidence=_merged(evidence)
            )

    def pipeline(
        self, *, max_tokens: int, where: Sequence[str] = (), progress: Progress | None = None
    ) -> "CaptionPipeline":
        """Writers in the order in which they were weighed, the first of them the one that writes.

        Args:
            max_tokens: Longest caption that the language model decodes.
            where: Conditions that the cases satisfy whose captions are taken.
            progress: Called with the captions decoded so far.
        """
        from lexiscope.answering.captioning import (
            CaptionWriter,
            ComposedWriter,
            DecoderWriter,
            TypicalWriter,
            writers_in_order,
        )

        choice = self.captions.choice
        nearest = None if self.described is None else self.described.writer(where)
        writers: list[CaptionWriter] = [ComposedWriter(self.captions.predictor), TypicalWriter(choice.typical)]
        writers += [] if nearest is None else [nearest]
        if self.assistant is not None:
            writers.append(DecoderWriter(self.assistant, self.joint, max_tokens, progress))
        return writers_in_order(choice.writers, writers)

    def decoder_tokens(self, given: "Input") -> "ImageTokens":
        """Image tokens of one input as the language model reads them."""
        from lexiscope.features.token_store import tokens_of_batch

        assert self.assistant is not None
        encoder = self.assistant.image_encoder(self.joint.image)
        return tokens_of_batch(encoder, given.images, plan=self.assistant.plan)

    def _see(self, given: "Input") -> "SeenCases":
        """One input as the writers see it; the towers run once."""
        from lexiscope.answering.captioning import SeenCases
        from lexiscope.features.token_store import tokens_of_batch

        tokens = tokens_of_batch(self.joint.image, given.images, plan=self.captions.plan)
        readouts = {branch: read.summary for branch, read in tokens.tokens.items()}
        embeddings = self.joint.project_images(readouts, tokens.present).float().cpu().numpy()
        excluded = frozenset[str]() if self.described is None else self.described.source.excluded_groups(given)
        return SeenCases(tokens, embeddings, [excluded], lambda: self._decoded(tokens, given))

    def _decoded(self, tokens: "ImageTokens", given: "Input") -> "ImageTokens":
        assistant = self.assistant
        image = self.joint.image
        shared = (
            assistant is not None and assistant.image_encoder(image) is image and assistant.plan == self.captions.plan
        )
        return tokens if shared else self.decoder_tokens(given)

    def _nearest(
        self,
        seen: "SeenCases",
        given: "Input",
        request: CaptionRequest,
        *,
        values: Mapping[str, str] | None = None,
    ) -> tuple[Evidence, ...]:
        if self.described is None or not request.k:
            return ()
        return self.described.nearest(seen.embeddings[0], given, k=request.k, where=request.where, values=values)


def _value(written: "WrittenCaption", by_clause: Sequence[Sequence[Evidence]]) -> dict[str, Any]:
    from lexiscope.answering.captioning import SURE

    clauses = [
        {
            "text": clause.text,
            "attribute": clause.predicted.attribute,
            "value": clause.predicted.value,
            "probability": clause.predicted.probability,
            "sure": clause.predicted.probability >= SURE,
            "cases": [one.case for one in evidence],
        }
        for clause, evidence in zip(written.clauses, by_clause, strict=True)
    ]
    return {"caption": written.text, "writer": written.writer, "abstained": written.abstained, "clauses": clauses}


def _merged(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Each case once, with all the attributes that it speaks for, the nearest first."""
    merged: dict[str, Evidence] = {}
    for one in evidence:
        known = merged.get(one.case, one)
        states = {**known.details.get("attributes", {}), **one.details.get("attributes", {})}
        merged[one.case] = replace(known, details={**known.details, **({"attributes": states} if states else {})})
    return tuple(sorted(merged.values(), key=lambda one: -one.score))
