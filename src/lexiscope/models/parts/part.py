"""`Part`: the interface of one part of a model directory."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.models.card import CardSection


class Part(ABC):
    """Interface of a part of a model directory: save, load, and a section of the card.

    Attributes:
        name: Its name in `PARTS`, which is also the name of its folder.
        command: The command that makes it; `{path}` stands for the model directory.
        built_on: Another part that it was trained on. The fingerprint of that part lies under its name in the record,
            and a part whose base has changed since is refused.
    """

    name: ClassVar[str]
    command: ClassVar[str]
    built_on: ClassVar[str | None] = None

    @abstractmethod
    def save(self, content: Any, folder: Path) -> None:
        """Write everything that `load` needs into a fresh folder: safetensors and JSON, no pickle.

        Raises:
            ModelError: pieces of the content do not fit together.
        """

    @abstractmethod
    def load(self, folder: Path) -> Any:
        """The content that `save` wrote, ready to compute with.

        Raises:
            ModelError: the folder is damaged.
        """

    @abstractmethod
    def section(self, folder: Path, record: Mapping[str, Any]) -> CardSection:
        """The part's section of the model card: its weights with their licences, and what they read.

        Args:
            folder: The folder that `save` wrote.
            record: Run that made the part: verb, corpus, seed, versions, metrics.
        """
