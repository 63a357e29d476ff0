"""Rules or a language model, by name; settings that do not belong together are refused."""

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.language.conversations.by_model import ModelGenerator
from lexiscope.language.conversations.by_rules import RuleGenerator
from lexiscope.language.conversations.open_generator import open_generator
from lexiscope.language.conversations.settings import ConversationSettings

_CAPTIONS = ("SEM image of a glass film with round pores.", "Light micrograph of steel without cracks.")


def test_rules_when_nothing_is_named(figures):
    generator = open_generator(figures(*_CAPTIONS), ConversationSettings())
    assert isinstance(generator, RuleGenerator)
    assert generator.usage is None


def test_a_model_signs_with_its_clients_name_and_reads_at_the_level(figures):
    corpus = figures(*_CAPTIONS)
    settings = ConversationSettings(generator="endpoint", model="tiny", url="http://localhost:1", context="none")
    generator = open_generator(corpus, settings)
    assert isinstance(generator, ModelGenerator)
    assert generator.author == "lexiscope-endpoint:tiny"
    assert generator.read(corpus["figure-0"]).describing == []


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("template", {"model": "tiny"}, "--model, --url and --key-env belong to"),
        ("local", {"url": "http://localhost"}, "--url and --key-env belong to --with endpoint"),
        ("endpoint", {"url": "http://localhost"}, "expected the name of a model"),
        ("endpoint", {"attributes": ("side",)}, "--attribute belongs to --with template"),
        ("oracle", {}, "unknown writer 'oracle'. Available: template, endpoint, local"),
    ],
)
def test_arguments_that_do_not_belong_together(figures, name, options, message):
    with pytest.raises(UsageError, match=message):
        open_generator(figures(*_CAPTIONS), ConversationSettings(generator=name, **options))
