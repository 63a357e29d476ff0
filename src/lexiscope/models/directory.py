"""`ModelDirectory`: a model on disk, growing part by part."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexiscope.core.errors import LexiscopeError, ModelError
from lexiscope.core.files import sha256_file, sha256_json, write_json, write_text
from lexiscope.core.owned import require_own
from lexiscope.core.scratch import part_beside
from lexiscope.models.card import CardSection, model_card
from lexiscope.models.parts import PARTS, Part, find_part
from lexiscope.models.parts.files import CONFIG, RECORD, load_views, read_record

if TYPE_CHECKING:  # a search by words opens a model without loading torch
    from lexiscope.models.assistant.assistant import Assistant
    from lexiscope.models.assistant.captions import CaptionModel
    from lexiscope.models.assistant.classifier import AnswerClassifier
    from lexiscope.models.assistant.mixture import Mixture
    from lexiscope.models.encoder import Encoder
    from lexiscope.models.joint import JointSpace
    from lexiscope.models.ood_detector import OodDetector
    from lexiscope.models.parts.image import ImageContent
    from lexiscope.models.parts.joint import JointContent
    from lexiscope.models.plain_texts import PlainTexts
    from lexiscope.models.reranker import Reranker
    from lexiscope.models.text import TextTower
    from lexiscope.views import View

_CARD = "README.md"


class ModelDirectory:
    """A model on disk: the parts of `PARTS` that were made so far, each in a folder of its name, and a model card.

    Each part is complete in itself: weights as safetensors, settings and tokenizer as JSON, the views its images were
    prepared with and the record of the run that made it. So a part is always of one piece, whatever stopped a later
    run.

    Args:
        path: The directory; it need not exist yet.

    Example:
        >>> ModelDirectory("nowhere").parts()
        ()
        >>> ModelDirectory("nowhere").has("joint")
        False
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @classmethod
    def of(cls, model: "ModelDirectory | Path | str") -> "ModelDirectory":
        """A model directory as it is, or the one at a path; what every public function takes.

        Example:
            >>> ModelDirectory.of("model").path.name
            'model'
        """
        return model if isinstance(model, ModelDirectory) else cls(model)

    def has(self, name: str) -> bool:
        """True where a part is here.

        Args:
            name: Name of a part in `PARTS`.

        Raises:
            UsageError: no part of that name.
        """
        folder = self._healed(name)
        if not folder.is_dir():
            if name not in PARTS:  # a known part is not imported to say that it is missing
                find_part(name)
            return False
        return any((folder / file).is_file() for file in (CONFIG, RECORD))

    def part(self, name: str) -> Path:
        """The folder of a part.

        Args:
            name: Name of a part in `PARTS`.

        Raises:
            ModelError: it is not here; the message holds the command that makes it.
            UsageError: no part of that name.
        """
        if not self.has(name):
            msg = f"{self.path} has no {name} part; make it with: {self._command(find_part(name))}"
            raise ModelError(msg)
        return self.path / name

    def parts(self) -> tuple[str, ...]:
        """Names of the parts that are here, in the order of `PARTS`."""
        return tuple(name for name in PARTS if self.has(name))

    def load(self, name: str) -> Any:
        """The content of a part, ready to compute with; what its `Part.load` gives.

        Raises:
            ModelError: it is not here, is damaged, or was trained on another state of the part that it is built on.
        """
        return find_part(name).load(self._current(name))

    def save(self, name: str, content: Any, *, record: Mapping[str, Any]) -> None:
        """Write a part whole, in place of an older one, and the model card anew.

        Args:
            name: Name of a part in `PARTS`.
            content: Content of the part, as its `Part.save` takes it.
            record: JSON types, such as `RunRecord.to_dict()` with "metrics". A part that is built on another holds
                that one's fingerprint under its name, such as "joint".
        """
        part = find_part(name)
        with self._replacing(name) as folder:
            part.save(content, folder)
            write_json(folder / RECORD, dict(record))
        self.write_card()

    def write_card(self) -> None:
        """Write the model card anew, from the parts that are here."""
        write_text(self.path / _CARD, model_card([self._section(name) for name in self.parts()]))

    def record(self, part: str | None = None) -> dict[str, Any]:
        """Record of the run that made a part: corpus version, seed, settings, versions, metrics.

        Args:
            part: Name of a part; None takes the joint space, or what it will be made of.

        Raises:
            ModelError: no such part is here yet, or its record is damaged.
        """
        return read_record(self.part(part) if part else self._image_part())

    def views(self, part: str | None = None) -> "dict[str, View]":
        """The views of a part that reads images, by modality.

        Args:
            part: Name of a part; None takes the joint space, or the pretrained image encoder.

        Raises:
            ModelError: no part with images is here yet.
        """
        return load_views(self.part(part) if part else self._image_part())

    def fingerprint_of(self, name: str) -> str:
        """SHA-256 over the files of a part, its record and hidden files left out: parts that compute the same share it.

        Raises:
            ModelError: the part is not here.
        """
        folder = self.part(name)
        files = sorted(file for file in folder.rglob("*") if file.is_file() and not _is_aside(file.name))
        return sha256_json({file.relative_to(folder).as_posix(): sha256_file(file) for file in files})

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the joint part's weights, settings, tokenizer and views: two models that embed alike share it.

        Raises:
            ModelError: nothing is aligned here yet.
        """
        return self.fingerprint_of("joint")

    def joint(self) -> "JointSpace":
        """The joint space, in eval mode.

        Raises:
            ModelError: nothing is aligned here yet; the message holds the command.
        """
        content: JointContent = self.load("joint")
        return content.space

    def ood_detector(self, part: str) -> "OodDetector | None":
        """What tells images that are unlike those of the training; None in a model from before that.

        Args:
            part: Name of the part that reads the images: "joint" or "segmenter".

        Raises:
            ModelError: the part is not here, or what it says of its training is damaged.
        """
        from lexiscope.models.ood_detector import OodDetector

        return OodDetector.load(self.part(part))

    def plain_texts(self) -> "PlainTexts | None":
        """The text half of the joint space without torch, for single queries; None where it needs torch.

        Raises:
            ModelError: nothing is aligned here yet, or its weights are damaged.
        """
        from lexiscope.models.plain_texts import load_plain_texts

        return load_plain_texts(self.part("joint"))

    def encoder(self, part: str | None = None) -> "Encoder":
        """The image encoder of "image" or "joint"; the aligned one where there is one, else the pretrained part.

        Raises:
            ModelError: there is none.
        """
        if part != "image" and self.has("joint"):
            return self.joint().image
        content: ImageContent = self.load("image")
        return content.encoder

    def text(self, part: str | None = None) -> "TextTower":
        """The text tower of "text" or "joint"; the aligned one where there is one, else the pretrained part.

        Raises:
            ModelError: there is none.
        """
        if part != "text" and self.has("joint"):
            return self.joint().text
        tower: TextTower = self.load("text")
        return tower

    def assistant(self) -> "Assistant":
        """The assistant, in eval mode.

        Raises:
            ModelError: there is none, or it was trained on another joint space than the one that is here now.
        """
        from lexiscope.models.assistant import load_assistant

        return load_assistant(self._current("assistant"))

    def classifier(self) -> "AnswerClassifier | None":
        """The assistant's classifier of answers; None when it learned no questions.

        Raises:
            ModelError: there is no assistant.
        """
        from lexiscope.models.assistant.classifier import AnswerClassifier

        return AnswerClassifier.load(self.part("assistant"))

    def reranker(self) -> "Reranker | None":
        """The assistant's re-ranker of evidence, in eval mode; None when it learned without evidence.

        Raises:
            ModelError: there is no assistant.
        """
        from lexiscope.models.parts.assistant import load_reranker

        return load_reranker(self.part("assistant"))

    def mixture(self) -> "Mixture":
        """The weights of the assistant's sources of answers, and its thresholds of abstaining.

        Raises:
            ModelError: there is no assistant.
        """
        from lexiscope.models.parts.assistant import load_mixture

        return load_mixture(self.part("assistant"))

    def captions(self) -> "CaptionModel | None":
        """What writes the assistant's captions; None in a model from before that was chosen: it decodes them.

        Raises:
            ModelError: there is no assistant.
        """
        from lexiscope.models.assistant.captions import CaptionModel

        return CaptionModel.load(self.part("assistant"))

    def save_image(self, encoder: "Encoder", *, views: "Mapping[str, View]", record: Mapping[str, Any]) -> None:
        """Write `image/`; see `save`."""
        from lexiscope.models.parts.image import ImageContent

        self.save("image", ImageContent(encoder, views), record=record)

    def save_text(self, tower: "TextTower", *, record: Mapping[str, Any]) -> None:
        """Write `text/`; see `save`."""
        self.save("text", tower, record=record)

    def save_joint(
        self,
        space: "JointSpace",
        *,
        views: "Mapping[str, View]",
        record: Mapping[str, Any],
        ood: "OodDetector | None" = None,
    ) -> None:
        """Write `joint/`; see `save`.

        Args:
            space: Image encoder, text tower and heads.
            views: View of each modality.
            record: Record of the run.
            ood: What tells images that are unlike those of the training.

        Raises:
            ModelError: views and modalities of the space differ.
        """
        from lexiscope.models.parts.joint import JointContent

        self.save("joint", JointContent(space, views, ood), record=record)

    def save_assistant(
        self,
        assistant: "Assistant",
        classifier: "AnswerClassifier | None",
        reranker: "Reranker | None",
        mixture: "Mixture",
        captions: "CaptionModel | None" = None,
        *,
        record: Mapping[str, Any],
    ) -> None:
        """Write `assistant/`; see `save`.

        Args:
            record: JSON types, with "joint", the fingerprint of the joint space that the assistant was trained on.
        """
        from lexiscope.models.parts.assistant import AssistantContent

        self.save("assistant", AssistantContent(assistant, classifier, reranker, mixture, captions), record=record)

    def _current(self, name: str) -> Path:
        """The folder of a part that fits the part that it is built on."""
        folder, part = self.part(name), find_part(name)
        if self._is_outdated(part):
            msg = f"the {name} part of {self.path} was trained on an earlier {part.built_on} part; train it again"
            raise ModelError(f"{msg}: {self._command(part)}")
        return folder

    def _section(self, name: str) -> CardSection:
        """A part's section of the card; that of a part which cannot be read says how to make it again."""
        part = find_part(name)
        try:
            section, outdated = part.section(self.path / name, self.record(name)), self._is_outdated(part)
        except (LexiscopeError, KeyError, TypeError, ValueError) as error:
            fault = f"This part is damaged ({error}). Make it again with {self._command(part)}."
            return CardSection(title=name.capitalize(), folder=name, fault=fault)
        if not outdated:
            return section
        fault = f"Trained on an earlier {part.built_on} part. Make it again with {self._command(part)}."
        return replace(section, fault=fault)

    def _is_outdated(self, part: Part) -> bool:
        if part.built_on is None:
            return False
        return not self.has(part.built_on) or (
            self.record(part.name).get(part.built_on) != self.fingerprint_of(part.built_on)
        )

    def _command(self, part: Part) -> str:
        return part.command.format(path=self.path)

    def _image_part(self) -> Path:
        return self.part("image") if self.has("image") and not self.has("joint") else self.part("joint")

    def _healed(self, name: str) -> Path:
        """The folder of a part, put back where a run was stopped between the two renames of `_replacing`."""
        place, old = self.path / name, self._old(name)
        if not place.exists() and old.is_dir() and not old.is_symlink():
            old.rename(place)
        return place

    def _old(self, name: str) -> Path:
        return self.path / f".{name}.old"

    @contextmanager
    def _replacing(self, name: str) -> Iterator[Path]:
        """Give a fresh directory that becomes the part when the block ends well."""
        self.path.mkdir(parents=True, exist_ok=True)
        place, old = require_own(self.path, name), require_own(self.path, self._old(name).name)
        with part_beside(place, folder=True) as fresh:
            yield fresh
            fresh.chmod(0o755)
            if place.exists():
                shutil.rmtree(old, ignore_errors=True)
                place.rename(old)
            fresh.rename(place)
            shutil.rmtree(old, ignore_errors=True)


def _is_aside(name: str) -> bool:
    """True for files that decide nothing: the record of the run, and what desktops and editors leave."""
    return name == RECORD or name.startswith(".")
