"""`ConversationWriter`: conversations as an entry of the table of writers."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from lexiscope.core.progress import Progress
from lexiscope.language.conversations.settings import ConversationSettings

if TYPE_CHECKING:
    from lexiscope.corpus.store import Corpus
    from lexiscope.language.conversations.report import ConversationReport


class ConversationWriter:
    """Questions and answers about each case, with the words that support them."""

    name: ClassVar[str] = "conversations"
    Settings: ClassVar[type[ConversationSettings]] = ConversationSettings

    @classmethod
    def write(
        cls, corpus: "Corpus | Path | str", settings: ConversationSettings, *, progress: Progress | None = None
    ) -> "ConversationReport":
        """Write questions and answers about each case; each answer keeps the words of the texts that support it.

        Run again, it replaces its own turns and nothing else, and asks a model nothing that it answered before. Nothing
        leaves this machine unless an endpoint is named. Exit code 0: done. 3: done, but some cases got no answer.
        """
        from lexiscope.language.conversations.write import write_conversations

        return write_conversations(corpus, settings, progress=progress)
