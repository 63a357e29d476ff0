"""`Steps`: maps that are made one after the other."""

from dataclasses import dataclass

from lexiscope.core.progress import Progress


@dataclass
class Steps:
    """How many maps are made; told at every run of the model, so that whoever listens can stop it soon.

    Args:
        progress: Called with the maps made, the total, and the one that is being made.
        total: Number of maps.
        made: How many of them are made.
    """

    progress: Progress | None = None
    total: int = 0
    made: int = 0

    def run(self, name: str) -> None:
        """Tell that the model is asked once more for a map."""
        if self.progress is not None:
            self.progress(self.made, self.total, name)
