"""`CaptionWriter`: captions as an entry of the table of writers."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from lexiscope.core.progress import Progress
from lexiscope.language.captions.settings import CaptionSettings

if TYPE_CHECKING:
    from lexiscope.corpus.store import Corpus
    from lexiscope.language.captions.report import CaptionReport


class CaptionWriter:
    """Differently worded sentences from the attributes of each case."""

    name: ClassVar[str] = "captions"
    Settings: ClassVar[type[CaptionSettings]] = CaptionSettings

    @classmethod
    def write(
        cls, corpus: "Corpus | Path | str", settings: CaptionSettings, *, progress: Progress | None = None
    ) -> "CaptionReport":
        """Write differently worded sentences from the attributes of each case; each records what it states.

        Run again, it replaces its own sentences and nothing else.
        """
        from lexiscope.language.captions.write import write_captions

        return write_captions(corpus, settings, progress=progress)
