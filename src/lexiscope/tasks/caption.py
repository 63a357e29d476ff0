"""`Captioner`: a sentence about an image, with the cases that were described alike; `caption` for one image."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from lexiscope.core.errors import UsageError
from lexiscope.core.prediction import Evidence, Prediction
from lexiscope.core.progress import Progress
from lexiscope.core.settings import Flag, Settings
from lexiscope.tasks.options import LearnedFrom, Where
from lexiscope.tasks.task import Task, require_input

if TYPE_CHECKING:
    from lexiscope.corpus import Corpus
    from lexiscope.models.assistant.assistant import Assistant
    from lexiscope.models.assistant.image_tokens import ImageTokens
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.models.joint import JointSpace
    from lexiscope.tasks.described_cases import DescribedCases
    from lexiscope.tasks.inputs import Input


class CaptionSettings(Settings):
    """Settings of an open captioner.

    Args:
        learned_from: Corpus that evidence comes from, in place of the one the assistant was trained on.
        retrieve: Show the nearest described cases beside the caption, or the caption alone.
    """

    learned_from: LearnedFrom = None
    retrieve: Annotated[bool, Flag("--retrieval/--no-retrieval")] = True


class CaptionRequest(Settings):
    """Length and evidence of the caption of one image.

    Args:
        k: Nearest described cases to show; never one of the case's own group.
        where: Only evidence from such cases, for example 'attributes.age>=50'. Repeatable.
        max_tokens: Longest caption, in tokens of the language model.
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
    """Write a caption for an image.

    Args:
        model: A model directory with an assistant that was trained on captions.
        image: An image file; a folder with one image file for each modality, named after it; DICOM files of one study;
            or, with `corpus`, the id of a case.
        corpus: The corpus that holds the case.
        learned_from: Corpus that evidence comes from; the one the assistant was trained on when None.
        where: Conditions that every case of the evidence satisfies, such as "attributes.age>=50".
        modality: What an image file or a DICOM series shows, when the model reads several modalities.
        k: Nearest described cases to give as evidence; never one of the case's own group. 0 opens no corpus.
        max_tokens: Longest caption, in tokens of the language model.
        progress: Called while the model and its evidence are loaded.

    Returns:
        One Prediction. Its value is the caption; its score the mean probability of its tokens (geometric); its evidence
        the nearest cases of those learned from, with their cosines and captions.

    Raises:
        UsageError: an input that fits no modality, or an assistant that was trained on no captions.
        SourceError: an image file that cannot be read.
        ModelError: no assistant, or what it was trained on is gone; a verb that predicts never trains.
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
    """Describe an image in words, beside the cases that were described alike."""

    name: ClassVar[str] = "caption"
    part: ClassVar[str] = "assistant"
    Settings = CaptionSettings
    Request = CaptionRequest
    reads_image: ClassVar[bool] = True

    def __init__(self, assistant: "Assistant", joint: "JointSpace", described: "DescribedCases | None") -> None:
        self.assistant = assistant
        self.joint = joint
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
        """Load the assistant, and the captions it was trained on with the vectors of their cases.

        Raises:
            ModelError: no assistant, or what it was trained on is gone; the message holds the command.
            UsageError: an assistant that was trained on no captions.
        """
        from lexiscope.models.directory import ModelDirectory
        from lexiscope.tasks.described_cases import DescribedCases
        from lexiscope.tasks.training_part import training_part

        model, settings = ModelDirectory.of(model), settings or CaptionSettings()
        _require_captions(model)
        assistant, joint, described = model.assistant().merge_for_inference(), model.joint(), None
        if settings.retrieve:
            part = training_part(model, settings.learned_from, part=cls.part)
            described = DescribedCases.read(model, joint, part, progress=progress)
        return cls(assistant, joint, described)

    def predict(self, given: "Input | None", request: CaptionRequest) -> Prediction:
        """The caption of one input; see `lexiscope.caption` for its form.

        Raises:
            UsageError: no input.
        """
        import torch

        from lexiscope.features.token_store import tokens_of_batch

        given = require_input(given, self)
        with self._lock, torch.inference_mode():
            encoder = self.assistant.image_encoder(self.joint.image)
            tokens = tokens_of_batch(encoder, given.images, plan=self.assistant.plan)
            text, score = self.describe(tokens, max_tokens=request.max_tokens)[0]
            return Prediction(self.name, given.name, text, score=score, evidence=self._nearest(given, request))

    def describe(self, tokens: "ImageTokens", *, max_tokens: int) -> list[tuple[str, float]]:
        """A caption for each of several cases, and the geometric mean of its tokens' probabilities.

        Args:
            tokens: Image tokens of the cases.
            max_tokens: Longest caption.
        """
        import numpy as np
        import torch

        from lexiscope.answering.examples import DESCRIBE
        from lexiscope.answering.retrieval import question_vectors
        from lexiscope.models.assistant.image_tokens import with_questions
        from lexiscope.models.assistant.prompt import write_prompt

        n = len(next(iter(tokens.present.values())))
        asking = with_questions(tokens, torch.from_numpy(question_vectors(self.joint, [DESCRIBE] * n)))
        prompts = [write_prompt(DESCRIBE)] * n
        captions = self.assistant.generate(asking.to(self.assistant.device), prompts, max_tokens=max_tokens)
        return [(each.text, float(np.exp(each.log_likelihood / max(1, each.tokens)))) for each in captions]

    def _nearest(self, given: "Input", request: CaptionRequest) -> tuple[Evidence, ...]:
        if self.described is None or not request.k:
            return ()
        batch = given.images.to(self.joint.device)
        embedding = self.joint.embed_images(batch.images, batch.present)[0].float().cpu().numpy()
        return self.described.nearest(embedding, given, k=request.k, where=request.where)


def _require_captions(model: "ModelDirectory") -> None:
    """Refuse an assistant that cannot describe.

    Raises:
        ModelError: there is none; the message holds the command that makes it.
        UsageError: it was trained on no captions.
    """
    from lexiscope.answering.examples import CAPTION

    model.part("joint")  # what comes first is named first
    examples: dict[str, int] = model.record("assistant")["result"]["examples"]
    if not examples.get(CAPTION):
        msg = f"expected an assistant that was trained on captions, {model.path} was trained on {', '.join(examples)}"
        raise UsageError(f"{msg}; train it on a corpus with captions: lexiscope write captions, then train instruct")
