"""`ShownFile`: a file that is shown, and what pictures of it depend on."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from lexiscope.core.image import Image
from lexiscope.serve.pictures.decoded import is_ct


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file that is shown.

    Args:
        content: SHA-256 of its bytes.
        path: Where it lies.
        known: What the corpus knows of it; None for files beside the corpus.
    """

    content: str
    path: Path
    known: Image | None

    @property
    def mark(self) -> str:
        """What pictures of it depend on besides its bytes: the spacing that is known, and that it is a CT."""
        if self.known is None:
            return ""
        steps = "x".join(f"{step:.9g}" for step in self.known.spacing or ())
        return f"-{steps}{self.known.unit or ''}{'-ct' if is_ct(self.known) else ''}"

    def to_json(self) -> str:
        """One line of ASCII, whatever its path is called."""
        known = None if self.known is None else asdict(self.known)
        return json.dumps({"content": self.content, "path": str(self.path), "known": known})

    @classmethod
    def of_json(cls, line: str) -> Self:
        """A file as `to_json` tells it.

        Example:
            >>> image = Image("0" * 64, "sem", "png", (2, 3), spacing=(5.0, 5.0), unit="nm")
            >>> shown = ShownFile(image.content, Path("a.png"), image)
            >>> ShownFile.of_json(shown.to_json()) == shown
            True
        """
        told = json.loads(line)
        fields = told["known"]
        known = None if fields is None else Image(**{name: _tuple(value) for name, value in fields.items()})
        return cls(told["content"], Path(told["path"]), known)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
