"""`shown_examples`: the turns that a language model is shown before it is asked."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lexiscope.core.errors import UsageError
from lexiscope.core.safe_yaml import load_yaml
from lexiscope.language.clients.client import Message
from lexiscope.language.words import read_words


def shown_examples(
    name: str, folder: Path | None, answer: Callable[[Mapping[str, Any]], str], *, parts: str
) -> list[Message]:
    """Examples of a word file, each a turn of the user, what is told, and one of the assistant. Small models keep to
    what they were shown, and hardly to what they were ordered.

    Args:
        name: Word file: a list of examples, each with `told` and what `answer` reads.
        folder: Folder of the user's own copies, as `--prompts` names it.
        answer: From an example to the assistant's words.
        parts: What an example holds, for errors.

    Raises:
        UsageError: the file is no list of such examples.

    Example:
        >>> shown = shown_examples("instruction_examples.yaml", None, lambda example: example["written"], parts="")
        >>> [message.role for message in shown[:2]]
        ['user', 'assistant']
    """
    messages = []
    try:
        for example in load_yaml(read_words(name, folder)) or ():
            messages.append(Message("user", str(example["told"]).strip()))
            messages.append(Message("assistant", answer(example)))
    except (ValueError, LookupError, TypeError) as error:
        msg = f"expected examples of {parts} in {name}: {error}; compare with the one that comes with lexiscope"
        raise UsageError(msg) from error
    return messages
