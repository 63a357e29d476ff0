"""`ModelDirectory`: a model on disk, growing part by part."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lexiscope.core.errors import ModelError
from lexiscope.core.files import sha256_file, sha256_json, write_json, write_text
from lexiscope.models.assistant.assistant import Assistant
from lexiscope.models.assistant.classifier import AnswerClassifier
from lexiscope.models.assistant.mixture import Mixture
from lexiscope.models.card import model_card
from lexiscope.models.encoder import Encoder
from lexiscope.models.joint import JointSpace
from lexiscope.models.loading import copy_out_of_file, quiet
from lexiscope.models.reranker import Reranker
from lexiscope.models.text import TextTower
from lexiscope.views import View, view_from_dict

_VIEWS, _RECORD, _RERANKER, _MIXTURE = "views.json", "record.json", "reranker", "mixture.json"
_MADE_BY = {
    "image": "lexiscope train pretrain image CORPUS --out {path}",
    "text": "lexiscope train pretrain text CORPUS --out {path}",
    "joint": "lexiscope train align CORPUS --out {path}",
    "assistant": "lexiscope train instruct CORPUS --out {path}",
}


class ModelDirectory:
    """A model on disk: parts `image/`, `text/` (pretrained alone), `joint/` (aligned), `assistant/`, and a model card.

    Each part is complete in itself: weights as safetensors, settings and tokenizer as JSON, the views its images were
    prepared with and the record of the run that made it. So a part is always of one piece, whatever stopped a later
    run.

    Args:
        path: The directory; it need not exist yet.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @classmethod
    def of(cls, model: "ModelDirectory | Path | str") -> "ModelDirectory":
        """A model directory as it is, or the one at a path; what every public function takes."""
        return model if isinstance(model, ModelDirectory) else cls(model)

    def joint(self) -> JointSpace:
        """The joint space, in eval mode.

        Raises:
            ModelError: nothing is aligned here yet; the message holds the command.
        """
        return JointSpace.from_pretrained(self.part("joint"))

    def encoder(self, part: str | None = None) -> Encoder:
        """The image encoder of "image" or "joint"; the aligned one where there is one, else the pretrained part.

        Raises:
            ModelError: there is none.
        """
        if part != "image" and self.has("joint"):
            return self.joint().image
        with quiet():
            encoder = Encoder.from_pretrained(self.part("image"), local_files_only=True, use_safetensors=True)
        copy_out_of_file(encoder)
        return encoder

    def text(self, part: str | None = None) -> TextTower:
        """The text tower of "text" or "joint"; the aligned one where there is one, else the pretrained part.

        Raises:
            ModelError: there is none.
        """
        if part != "text" and self.has("joint"):
            return self.joint().text
        return TextTower.from_pretrained(self.part("text"))

    def assistant(self) -> Assistant:
        """The assistant, in eval mode.

        Raises:
            ModelError: there is none, or it was taught on another joint space than the one that is here now.
        """
        assistant = Assistant.from_pretrained(self.part("assistant"))
        if self.record("assistant").get("joint") != self.fingerprint:
            msg = f"the assistant of {self.path} was taught on an earlier joint space; teach it again"
            raise ModelError(f"{msg}: {_MADE_BY['assistant'].format(path=self.path)}")
        return assistant

    def views(self, part: str | None = None) -> dict[str, View]:
        """The views of "image" or "joint", by modality; those of the more grown part when None.

        Raises:
            ModelError: no part with images is here yet.
        """
        found = _read_json((self.part(part) if part else self._image_part()) / _VIEWS)
        return {name: view_from_dict(settings) for name, settings in found.items()}

    def record(self, part: str | None = None) -> dict[str, Any]:
        """What made a part: corpus version, seed, settings, versions, metrics.

        Args:
            part: "image", "text", "joint" or "assistant"; None takes the joint space, or what it will be made of.

        Raises:
            ModelError: no such part is here yet.
        """
        return _read_json((self.part(part) if part else self._image_part()) / _RECORD)

    def save_joint(self, space: JointSpace, *, views: Mapping[str, View], record: Mapping[str, Any]) -> None:
        """Write `joint/` whole, in place of an older one, and the model card.

        Args:
            record: JSON types, such as `RunRecord.to_dict()` with "metrics".

        Raises:
            ModelError: views and modalities of the space differ.
        """
        if set(views) != set(space.image.modalities):
            msg = f"the space reads {', '.join(space.image.modalities)}, got views of {', '.join(sorted(views))}"
            raise ModelError(f"{msg}; give one view for each modality")
        with self._replacing("joint") as part:
            space.save_pretrained(part)
            write_json(part / _VIEWS, {name: view.to_dict() for name, view in views.items()})
            write_json(part / _RECORD, dict(record))
        self._write_card()

    def save_image(self, encoder: Encoder, *, views: Mapping[str, View], record: Mapping[str, Any]) -> None:
        """Write `image/` whole, in place of an older one."""
        with self._replacing("image") as part, quiet():
            encoder.save_pretrained(part)
            write_json(part / _VIEWS, {name: view.to_dict() for name, view in views.items()})
            write_json(part / _RECORD, dict(record))

    def save_text(self, tower: TextTower, *, record: Mapping[str, Any]) -> None:
        """Write `text/` whole, in place of an older one."""
        with self._replacing("text") as part:
            tower.save_pretrained(part)
            write_json(part / _RECORD, dict(record))

    def reranker(self) -> Reranker | None:
        """The assistant's re-ranker of evidence, in eval mode; None when it was taught without evidence.

        Raises:
            ModelError: there is no assistant.
        """
        folder = self.part("assistant") / _RERANKER
        return Reranker.from_pretrained(folder) if folder.is_dir() else None

    def classifier(self) -> AnswerClassifier | None:
        """The assistant's classifier of answers; None when it was taught no questions.

        Raises:
            ModelError: there is no assistant.
        """
        return AnswerClassifier.load(self.part("assistant"))

    def mixture(self) -> Mixture:
        """How the assistant weighs evidence, and when it abstains.

        Raises:
            ModelError: there is no assistant.
        """
        return Mixture.from_dict(_read_json(self.part("assistant") / _MIXTURE))

    def save_assistant(
        self,
        assistant: Assistant,
        classifier: AnswerClassifier | None,
        reranker: Reranker | None,
        mixture: Mixture,
        *,
        record: Mapping[str, Any],
    ) -> None:
        """Write `assistant/` whole, in place of an older one.

        Args:
            record: As of `save_joint`, with "joint", the fingerprint of the joint space that it was taught on.
        """
        with self._replacing("assistant") as part:
            assistant.save_pretrained(part)
            if classifier is not None:
                classifier.save(part)
            if reranker is not None:
                reranker.save_pretrained(part / _RERANKER)
            write_json(part / _MIXTURE, mixture.to_dict())
            write_json(part / _RECORD, dict(record))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the joint part's weights, settings, tokenizer and views: two models that embed alike share it.

        Raises:
            ModelError: nothing is aligned here yet.
        """
        part = self.part("joint")
        files = sorted(file for file in part.iterdir() if file.name != _RECORD)
        return sha256_json({file.name: sha256_file(file) for file in files})

    def has(self, part: str) -> bool:
        """Whether "image", "text", "joint" or "assistant" is here."""
        try:
            self.part(part)
        except ModelError:
            return False
        return True

    def part(self, name: str) -> Path:
        """The directory of "image", "text", "joint" or "assistant".

        Raises:
            ModelError: it is not here; the message holds the command that makes it.
        """
        place = self.path / name
        if not place.exists() and self._old(name).exists():
            self._old(name).rename(place)  # a run was stopped between the two renames of _replacing
        if not (place / "config.json").is_file():
            msg = f"{self.path} has no {name} part; make it with: {_MADE_BY[name].format(path=self.path)}"
            raise ModelError(msg)
        return place

    def _image_part(self) -> Path:
        return self.part("image") if self.has("image") and not self.has("joint") else self.part("joint")

    def _old(self, name: str) -> Path:
        return self.path / f".{name}.old"

    @contextmanager
    def _replacing(self, name: str) -> Iterator[Path]:
        """Give a fresh directory that becomes the part when the block ends well."""
        self.path.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=self.path, prefix=f".{name}.", suffix=".part"))
        place, old = self.path / name, self._old(name)
        try:
            yield part
            part.chmod(0o755)
            if place.exists():
                shutil.rmtree(old, ignore_errors=True)
                place.rename(old)
            part.rename(place)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _write_card(self) -> None:
        config = _read_json(self.part("joint") / "config.json")
        write_text(self.path / "README.md", model_card(config, views=self.views(), record=self.record()))


def _read_json(file: Path) -> dict[str, Any]:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"expected JSON in {file}: {error}; the part is damaged, make it again"
        raise ModelError(msg) from error
