"""`ImagePart`: an image encoder that was pretrained alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.models.card import CardSection
from lexiscope.models.encoder import Encoder
from lexiscope.models.loading import quiet
from lexiscope.models.parts.files import CONFIG, load_views, read_json, save_views
from lexiscope.models.parts.part import Part
from lexiscope.models.saved import load_saved
from lexiscope.views import View


@dataclass(frozen=True)
class ImageContent:
    """An image encoder with the views that prepare its images.

    Args:
        encoder: Towers, fusion and heads.
        views: The view of each modality.
    """

    encoder: Encoder
    views: Mapping[str, View]


class ImagePart(Part):
    """Pretrained image encoder, in `image/`."""

    name: ClassVar[str] = "image"
    command: ClassVar[str] = "lexiscope train pretrain image CORPUS --out {path}"

    def save(self, content: ImageContent, folder: Path) -> None:
        """Write encoder and views."""
        with quiet():
            content.encoder.save_pretrained(folder)
        save_views(content.views, folder)

    def load(self, folder: Path) -> ImageContent:
        """The encoder in eval mode, with its views."""
        return ImageContent(load_saved(Encoder, folder), load_views(folder))

    def section(self, folder: Path, record: Mapping[str, Any]) -> CardSection:
        """Section of the model card with the origin of the tower's first weights."""
        fusion = read_json(folder / CONFIG).get("fusion", "late")
        return CardSection(
            title="Image encoder",
            folder=self.name,
            summary=f"Pretrained on images alone; {modalities_meet(fusion)}",
            weights=record.get("weights", ()),
            views=load_views(folder),
            record=record,
        )


def modalities_meet(fusion: str) -> str:
    """Half a sentence of the model card about fusion.

    Example:
        >>> modalities_meet("late")
        'modalities meet by late fusion, and any of them may be missing.'
    """
    return f"modalities meet by {fusion} fusion, and any of them may be missing."
