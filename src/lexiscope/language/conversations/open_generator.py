"""`open_generator`: rules or a language model as the source of questions, by name."""

from lexiscope.core.errors import UsageError
from lexiscope.corpus.store import Corpus
from lexiscope.language import LANGUAGE_CLIENTS
from lexiscope.language.clients.cache import CompletionCache
from lexiscope.language.clients.open import open_client
from lexiscope.language.conversations.by_model import ModelGenerator
from lexiscope.language.conversations.by_rules import RuleGenerator
from lexiscope.language.conversations.generator import QuestionGenerator
from lexiscope.language.conversations.settings import ConversationSettings

TEMPLATE = "template"


def open_generator(corpus: Corpus, settings: ConversationSettings) -> QuestionGenerator:
    """Rules ("template"), or a language model through the client of the name in the settings.

    Args:
        corpus: Read by the rules to learn what other cases hold; keeps the completions of a language model.
        settings: Who asks, what is read and how.

    Raises:
        UsageError: unknown name, or settings that do not belong together.
    """
    name = settings.generator
    if name == TEMPLATE:
        if settings.model or settings.url or settings.key_env:
            raise UsageError(
                "--model, --url and --key-env belong to --with local or endpoint; leave them out for rules"
            )
        return RuleGenerator(
            corpus,
            level=settings.context,
            attributes=settings.attributes,
            prompts=settings.prompts,
            seed=settings.seed,
        )
    if settings.attributes:
        raise UsageError("--attribute belongs to --with template; a language model reads all that an image can show")
    if name not in LANGUAGE_CLIENTS:
        raise UsageError(f"unknown writer {name!r}. Available: {', '.join([TEMPLATE, *sorted(LANGUAGE_CLIENTS)])}")
    return ModelGenerator(
        open_client(name, settings),
        cache=CompletionCache(corpus.path, prices=settings.prices),
        level=settings.context,
        prompts=settings.prompts,
        blind=settings.blind,
        seed=settings.seed,
    )
