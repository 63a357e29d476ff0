"""`open_writer`: a writer of instructions by its name."""

from lexiscope.core.errors import UsageError
from lexiscope.corpus.store import Corpus
from lexiscope.language import INSTRUCTION_WRITERS, LANGUAGE_CLIENTS
from lexiscope.language.instructions.by_client import Joined
from lexiscope.language.instructions.instruction_writer import InstructionWriter
from lexiscope.language.instructions.settings import InstructionSettings

_OF_MODELS = ("model", "url", "key_env")
_OF_HUMANS = ("column", "sheet_in")


def open_writer(corpus: Corpus, settings: InstructionSettings) -> InstructionWriter:
    """Writer of a name in `INSTRUCTION_WRITERS`, or a language model through the client of a name.

    Args:
        corpus: Corpus that is written about.
        settings: Choices of the user.

    Raises:
        UsageError: unknown name, or settings that do not belong together.
    """
    name = settings.writer
    if name not in INSTRUCTION_WRITERS and name not in LANGUAGE_CLIENTS:
        available = ", ".join([*sorted(INSTRUCTION_WRITERS), *sorted(LANGUAGE_CLIENTS)])
        raise UsageError(f"unknown writer of instructions {name!r}. Available: {available}")
    foreign = _given(settings, () if name in LANGUAGE_CLIENTS or name == "assistant" else _OF_MODELS)
    foreign += _given(settings, () if name == "human" else _OF_HUMANS)
    if foreign:
        raise UsageError(f"{', '.join(foreign)} does not belong to --with {name}; leave it out or take another writer")
    if name not in INSTRUCTION_WRITERS:
        return Joined.open(settings, corpus)
    writer: InstructionWriter = INSTRUCTION_WRITERS.load(name).open(settings, corpus)
    return writer


def _given(settings: InstructionSettings, names: tuple[str, ...]) -> list[str]:
    return [f"--{name.replace('_', '-')}" for name in names if getattr(settings, name) is not None]
