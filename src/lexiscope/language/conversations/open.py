"""`open_generator`: who asks and answers, by name."""

from pathlib import Path

from lexiscope.core.errors import UsageError
from lexiscope.corpus.store import Corpus
from lexiscope.language import LANGUAGE_CLIENTS
from lexiscope.language.clients.cache import CompletionCache
from lexiscope.language.clients.client import LanguageClient
from lexiscope.language.conversations.by_model import ModelGenerator
from lexiscope.language.conversations.by_rules import RuleGenerator
from lexiscope.language.conversations.write import QuestionGenerator

TEMPLATE, LOCAL, ENDPOINT = "template", "local", "endpoint"
_DEFAULT = "smollm2"  # the model that runs here when none is named


def open_client(
    name: str,
    *,
    model: str | None = None,
    url: str | None = None,
    key_env: str | None = None,
    allow_download: bool = False,
) -> LanguageClient:
    """The door of a name: "local", or "endpoint" with its URL.

    Raises:
        UsageError: unknown name, no model for an endpoint, or a URL without an endpoint.
    """
    if name == LOCAL and (url or key_env):
        raise UsageError("--url and --key-env belong to --with endpoint; leave them out for a model that runs here")
    kind = LANGUAGE_CLIENTS.load(name)
    if name == LOCAL:
        client: LanguageClient = kind(model or _DEFAULT, allow_download=allow_download)
    elif model is None:
        raise UsageError(f"expected the name of a model behind {name}, got none; pass --model NAME")
    else:
        client = kind(model, url=url, key_env=key_env)
    return client


def open_generator(
    corpus: Corpus,
    name: str = TEMPLATE,
    *,
    level: str = "full",
    attributes: tuple[str, ...] | None = None,
    prompts: Path | None = None,
    model: str | None = None,
    url: str | None = None,
    key_env: str | None = None,
    allow_download: bool = False,
    prices: tuple[float, float] = (0.0, 0.0),
    blind: bool = True,
    seed: int = 0,
) -> QuestionGenerator:
    """Rules ("template"), or a language model through a door of this name.

    Args:
        level: What is read of a case; see `lexiscope.language.text.context`.
        attributes: For rules: which to ask about.
        prompts: Folder of the user's own words.
        model: For a door: the model's name.
        url: For an endpoint: where it is.
        key_env: For an endpoint: the environment variable that holds the key.
        prices: Of a million tokens read and written, for the report.
        blind: For a door: see `ModelGenerator`.

    Raises:
        UsageError: unknown name, or arguments that do not belong together.
    """
    if name == TEMPLATE:
        if model or url or key_env:
            raise UsageError(
                "--model, --url and --key-env belong to --with local or endpoint; leave them out for rules"
            )
        return RuleGenerator(corpus, level=level, attributes=attributes, prompts=prompts, seed=seed)
    if attributes:
        raise UsageError("--attribute belongs to --with template; a language model reads all that an image can show")
    if name not in LANGUAGE_CLIENTS:
        raise UsageError(f"unknown writer {name!r}. Available: {', '.join([TEMPLATE, *sorted(LANGUAGE_CLIENTS)])}")
    client = open_client(name, model=model, url=url, key_env=key_env, allow_download=allow_download)
    kept = CompletionCache(corpus.path, prices=prices)
    return ModelGenerator(client, kept=kept, level=level, prompts=prompts, blind=blind, seed=seed)
