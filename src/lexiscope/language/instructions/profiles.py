"""`Profiles`: whoever knows what structures look like: a book that learns them, or those that were kept."""

from typing import Protocol

from lexiscope.language.instructions.profile import StructureProfile


class Profiles(Protocol):
    """What structures look like, as each reader may know it."""

    def key(self, structure: str, group: str | None) -> str:
        """Hash of what the profile depends on."""

    def profile(self, structure: str, group: str | None) -> StructureProfile | None:
        """What the structure looks like; None where nobody knows."""
