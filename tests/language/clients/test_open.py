"""A client is opened by its name, from the settings that belong to it."""

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.language.clients.open import open_client
from lexiscope.language.clients.settings import ClientSettings


def test_the_local_model_is_smollm2_when_none_is_named():
    assert open_client("local", ClientSettings()).name == "local:smollm2"


def test_an_endpoint_is_named_after_its_model():
    client = open_client("endpoint", ClientSettings(model="tiny", url="http://localhost:1"))
    assert client.name == "endpoint:tiny"


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("local", {"url": "http://localhost"}, "--url and --key-env belong to --with endpoint"),
        ("local", {"key_env": "KEY"}, "--url and --key-env belong to --with endpoint"),
        ("endpoint", {"url": "http://localhost"}, "expected the name of a model behind endpoint, got none"),
        ("endpoint", {"model": "tiny"}, "expected the address of a server"),
        ("endpiont", {}, "unknown language client 'endpiont'. Did you mean 'endpoint'"),
    ],
)
def test_settings_that_do_not_belong_together(name, options, message):
    with pytest.raises(UsageError, match=message):
        open_client(name, ClientSettings(**options))
