"""`TextPart`: a text tower that was pretrained alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.models.card import CardSection
from lexiscope.models.parts.files import CONFIG, read_json
from lexiscope.models.parts.part import Part
from lexiscope.models.text import TextTower


class TextPart(Part):
    """Pretrained text tower, in `text/`."""

    name: ClassVar[str] = "text"
    command: ClassVar[str] = "lexiscope train pretrain text CORPUS --out {path}"

    def save(self, content: TextTower, folder: Path) -> None:
        """Write the tower and its tokenizer."""
        content.save_pretrained(folder)

    def load(self, folder: Path) -> TextTower:
        """The text tower with its tokenizer, in eval mode."""
        return TextTower.from_pretrained(folder)

    def section(self, folder: Path, record: Mapping[str, Any]) -> CardSection:
        """Section of the model card with the origin of the tower's first weights."""
        config = read_json(folder / CONFIG)
        kind = config.get("model", {}).get("model_type", "unknown")
        return CardSection(
            title="Text tower",
            folder=self.name,
            summary="Pretrained on texts alone.",
            weights=record.get("weights", ()),
            notes=[f"Transformer of the kind {kind}, which reads {config.get('max_tokens', 256)} tokens of a text."],
            record=record,
        )
