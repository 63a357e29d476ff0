"""`JointPart`: images and texts aligned in one space."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.core.errors import ModelError
from lexiscope.models.card import CardSection
from lexiscope.models.joint import JointSpace
from lexiscope.models.ood_detector import OodDetector
from lexiscope.models.parts.files import CONFIG, load_views, read_json, save_views
from lexiscope.models.parts.image import modalities_meet
from lexiscope.models.parts.part import Part
from lexiscope.models.published.start_record import untrained_start
from lexiscope.views import View


@dataclass(frozen=True)
class JointContent:
    """A joint space with the views that prepare its images.

    Args:
        space: Image encoder, text tower and heads.
        views: The view of each modality that the space reads.
        ood: Detector of images that are unlike those of the training; None in models from before that, and in those
            that were trained without a split "val".

    Raises:
        ModelError: views and modalities of the space differ.
    """

    space: JointSpace
    views: Mapping[str, View]
    ood: OodDetector | None = None

    def __post_init__(self) -> None:
        modalities = self.space.image.modalities
        if set(self.views) != set(modalities):
            msg = f"the space reads {', '.join(modalities)}, got views of {', '.join(sorted(self.views))}"
            raise ModelError(f"{msg}; give one view for each modality")


class JointPart(Part):
    """Joint space of images and texts, in `joint/`."""

    name: ClassVar[str] = "joint"
    command: ClassVar[str] = "lexiscope train align CORPUS --out {path}"

    def save(self, content: JointContent, folder: Path) -> None:
        """Write space, tokenizer and views, and what tells other images from those of the training."""
        content.space.save_pretrained(folder)
        save_views(content.views, folder)
        if content.ood is not None:
            content.ood.save(folder)

    def load(self, folder: Path) -> JointContent:
        """The joint space in eval mode, with its views."""
        return JointContent(JointSpace.from_pretrained(folder), load_views(folder), OodDetector.load(folder))

    def section(self, folder: Path, record: Mapping[str, Any]) -> CardSection:
        """Section of the model card with the origins of both towers."""
        config = read_json(folder / CONFIG)
        summary = "Images and texts in one space: it finds images by words and words by image; "
        return CardSection(
            title="Joint space",
            folder=self.name,
            summary=summary + modalities_meet(config["encoder"].get("fusion", "late")),
            weights=config.get("weights", ()),
            views=load_views(folder),
            notes=_start(record),
            record=record,
        )


def _start(record: Mapping[str, Any]) -> list[str]:
    """What the card says of a space that began as a published model."""
    start = record.get("start")
    if start is None:
        return []
    if untrained_start(record) is not None:
        return [
            f"Untrained: the weights of {start['name']} as they were published. Nothing was learned from any corpus "
            "here, and nothing is known here of what its publishers trained it on, so cases of public data sets may "
            "have been among it."
        ]
    kept = "the weights as published have the rest, so that what they knew is not lost"
    return [f"Began as {start['name']}; what was trained has the weight {start['weight']:.1f}, chosen on val: {kept}."]
