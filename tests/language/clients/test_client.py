"""Every client of the table keeps the contract of `LanguageClient`; messages and settings say what they must."""

import pytest

from lexiscope.language import LANGUAGE_CLIENTS
from lexiscope.language.clients.client import DecodingSettings, Message
from lexiscope.language.clients.open import open_client
from lexiscope.language.clients.settings import ClientSettings
from lexiscope.testing.endpoint import completion, fake_endpoint
from lexiscope.testing.language import check_language_client


@pytest.fixture
def settings(tiny_language_model):
    """Settings that open each client of the table on this machine."""
    with fake_endpoint(lambda *_: (200, completion("Yes"))) as endpoint:
        yield {
            "local": ClientSettings(model=str(tiny_language_model)),
            "endpoint": ClientSettings(model="tiny", url=endpoint.url),
        }


@pytest.mark.parametrize("name", LANGUAGE_CLIENTS)
def test_clients_keep_their_contract(name, settings):
    client = open_client(name, settings[name])
    assert client.name.startswith(f"{name}:")
    check_language_client(client)


def test_messages_are_written_as_the_openai_interface_has_them():
    assert Message("user", "A crack?").to_dict() == {"role": "user", "content": "A crack?"}


def test_another_try_draws_other_words():
    first = DecodingSettings(seed=3)
    assert first.again(0) == first
    later = first.again(2)
    assert (later.seed, later.temperature) == (5, 0.7)
    assert DecodingSettings(temperature=0.9).again(1).temperature == 0.9
