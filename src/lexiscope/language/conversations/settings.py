"""`ConversationSettings`: choices about questions and answers that are written."""

from pathlib import Path
from typing import Annotated, Literal

from lexiscope.core.settings import Flag
from lexiscope.language.clients.settings import ClientSettings


class ConversationSettings(ClientSettings):
    """Choices of `write conversations`.

    Args:
        generator: Source of the questions: template (rules), local (a language model that runs here) or endpoint (a
            server).
        model: Name, directory or hub name of the language model; with local, smollm2 when left out.
        url: Address of the server, such as http://localhost:8000/v1; only with endpoint.
        key_env: Name of the environment variable that holds the server's key; only with endpoint.
        allow_download: Permission to fetch a hub name that is not on this machine yet; only with local.
        context: Level of context that is read: none (attributes and masks), caption (also what describes the image) or
            full (also the sentences elsewhere that name it).
        attributes: Name of an attribute to ask about; repeatable, and all that an image can show when left out. Only
            with template.
        prompts: Folder with your own word files in place of those that come with lexiscope.
        prices: Price of a million tokens read and of a million tokens written, for the cost in the report.
        blind: Ask the language model each open question without any text, too, and refuse those that it guesses.
        seed: Seed of the wordings, of a model's answers, and of which turns stay when yes and no are balanced.

    Example:
        >>> ConversationSettings(context="caption").generator
        'template'
    """

    generator: Annotated[str, Flag("--with")] = "template"
    context: Literal["none", "caption", "full"] = "full"
    attributes: Annotated[tuple[str, ...] | None, Flag("--attribute")] = None
    prompts: Path | None = None
    prices: tuple[float, float] = (0.0, 0.0)
    blind: bool = True
    seed: int = 0
