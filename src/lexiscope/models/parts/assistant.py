"""`AssistantPart`: a language model that answers about images, with what helps it to answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.core.errors import ModelError
from lexiscope.core.files import write_json
from lexiscope.models.assistant import assistant_class, load_assistant
from lexiscope.models.assistant.assistant import Assistant
from lexiscope.models.assistant.captions import CaptionModel
from lexiscope.models.assistant.classifier import AnswerClassifier, saved_answers
from lexiscope.models.assistant.mixture import Mixture
from lexiscope.models.card import CardSection
from lexiscope.models.parts.files import CONFIG, read_json
from lexiscope.models.parts.part import Part
from lexiscope.models.reranker import Reranker

_RERANKER, _MIXTURE = "reranker", "mixture.json"


@dataclass(frozen=True)
class AssistantContent:
    """An assistant with its classifier of answers, its re-ranker of evidence and the weights that combine them.

    Args:
        assistant: Language model that reads images.
        classifier: Classifier of the answers learned; None where no questions were learned.
        reranker: Re-ranker of retrieved evidence; None where the assistant learned without evidence.
        mixture: Weights of the three sources of answers, and thresholds of abstaining.
        captions: Attributes that captions are composed from, and who writes; None in models from before that.
    """

    assistant: Assistant
    classifier: AnswerClassifier | None
    reranker: Reranker | None
    mixture: Mixture
    captions: CaptionModel | None = None


class AssistantPart(Part):
    """Assistant on a joint space, in `assistant/`."""

    name: ClassVar[str] = "assistant"
    command: ClassVar[str] = "lexiscope train instruct CORPUS --out {path}"
    built_on: ClassVar[str | None] = "joint"

    def save(self, content: AssistantContent, folder: Path) -> None:
        """Write the assistant, and beside it classifier, re-ranker and mixture."""
        content.assistant.save_pretrained(folder)
        if content.classifier is not None:
            content.classifier.save(folder)
        if content.reranker is not None:
            content.reranker.save_pretrained(folder / _RERANKER)
        write_json(folder / _MIXTURE, content.mixture.to_dict())
        if content.captions is not None:
            content.captions.save(folder)

    def load(self, folder: Path) -> AssistantContent:
        """The assistant in eval mode, with classifier, re-ranker and mixture."""
        return AssistantContent(
            load_assistant(folder),
            AnswerClassifier.load(folder),
            load_reranker(folder),
            load_mixture(folder),
            CaptionModel.load(folder),
        )

    def section(self, folder: Path, record: Mapping[str, Any]) -> CardSection:
        """Section of the model card with the language model, its licence, and the vision encoder of a hub model."""
        config = read_json(folder / CONFIG)
        notes = [
            *assistant_class(folder).notes(folder, config),
            *(["A re-ranker of evidence, trained from scratch on the corpus below."] if _has_reranker(folder) else ()),
            *_answers(folder),
            *_captions(folder),
        ]
        return CardSection(
            title="Assistant",
            folder=self.name,
            summary="Answers questions about images, describes them, and abstains where it is unsure.",
            weights=[{**origin, "name": f"{origin['name']} (assistant)"} for origin in config.get("weights", ())],
            notes=notes,
            record=record,
        )


def load_reranker(folder: Path) -> Reranker | None:
    """The re-ranker beside an assistant, in eval mode; None where there is none."""
    return Reranker.from_pretrained(folder / _RERANKER) if _has_reranker(folder) else None


def load_mixture(folder: Path) -> Mixture:
    """The mixture beside an assistant.

    Raises:
        ModelError: it is missing or damaged.
    """
    try:
        return Mixture.from_dict(read_json(folder / _MIXTURE))
    except ValueError as error:
        raise ModelError(f"{error}, in {folder / _MIXTURE}; the part is damaged, make it again") from error


def _has_reranker(folder: Path) -> bool:
    return (folder / _RERANKER).is_dir()


def _captions(folder: Path) -> list[str]:
    captions = CaptionModel.load(folder)
    return [] if captions is None else [captions.choice.in_words]


def _answers(folder: Path) -> list[str]:
    answers = saved_answers(folder)
    return [f"A classifier of {len(answers)} answers, fitted to the corpus below."] if answers else []
