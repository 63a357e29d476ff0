"""`AssistantDescriber`: a trained assistant that says of one image what it is asked, for writers of instructions."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from lexiscope.core.errors import UsageError
from lexiscope.language.instructions.by_describing import Described
from lexiscope.language.instructions.settings import InstructionSettings
from lexiscope.language.instructions.subject import StoredPixels

if TYPE_CHECKING:
    from lexiscope.corpus.store import Corpus
    from lexiscope.models.directory import ModelDirectory

_MAX_TOKENS = 64


class AssistantWriter:
    """Entry of the table of writers of instructions: a model directory's assistant, shown one image after another."""

    learns: ClassVar[bool] = False

    @classmethod
    def open(cls, settings: InstructionSettings, corpus: "Corpus") -> Described:
        """Writer with the assistant of the model that the settings name.

        Raises:
            UsageError: no model is named, or settings that belong to a server.
            ModelError: the model has no assistant; the message holds the command that makes it.
        """
        del corpus
        if settings.model is None:
            raise UsageError("expected the directory of a model behind --with assistant, got none; pass --model DIR")
        if settings.url or settings.key_env:
            raise UsageError("--url and --key-env belong to --with endpoint; leave them out for an assistant")
        return Described(AssistantDescriber(settings.model), prompts=settings.prompts)


class AssistantDescriber:
    """Assistant of a model directory that is shown one image at a time.

    Args:
        model: A model directory with an assistant.

    Raises:
        ModelError: it has none; the message holds the command that makes it.
    """

    def __init__(self, model: "ModelDirectory | Path | str") -> None:
        from lexiscope.models.directory import ModelDirectory

        directory = ModelDirectory.of(model)
        self._joint = directory.joint()
        self._assistant = directory.assistant().merge_for_inference()
        self._views = directory.views()
        self.name = directory.path.name
        self.identity: Mapping[str, Any] = {
            "assistant": directory.fingerprint_of("assistant"),
            "joint": directory.fingerprint,
            "tokens": _MAX_TOKENS,
        }
        self.modalities = tuple(sorted(self._views))

    def describe(self, modality: str, pixels: StoredPixels, prompt: str) -> str:
        """Answer of the assistant about one image, its other modalities counted as missing.

        Args:
            modality: What the image shows.
            pixels: The image as it is stored, and the size of its pixels.
            prompt: What is asked.
        """
        import torch

        from lexiscope.answering.retrieval import question_vectors
        from lexiscope.features.token_store import tokens_of_batch
        from lexiscope.models.assistant.image_tokens import with_questions
        from lexiscope.models.assistant.prompt import write_prompt
        from lexiscope.views import ImageBatch

        images = {name: torch.zeros(1, *view.shape, dtype=torch.float16) for name, view in self._views.items()}
        images[modality][0] = torch.from_numpy(self._views[modality].prepare(*pixels))
        batch = ImageBatch(images, {name: torch.tensor([name == modality]) for name in self._views})
        with torch.inference_mode():
            encoder = self._assistant.image_encoder(self._joint.image)
            tokens = tokens_of_batch(encoder, batch, plan=self._assistant.plan)
            asking = with_questions(tokens, torch.from_numpy(question_vectors(self._joint, [prompt])))
            asking = asking.to(self._assistant.device)
            return self._assistant.say(asking, [write_prompt(prompt)], max_tokens=_MAX_TOKENS)[0].text
