"""`open_client`: a language model by the name of its client."""

from lexiscope.language import LANGUAGE_CLIENTS
from lexiscope.language.clients.client import LanguageClient
from lexiscope.language.clients.settings import ClientSettings


def open_client(name: str, settings: ClientSettings) -> LanguageClient:
    """Client of a name in `LANGUAGE_CLIENTS`: "local", "endpoint", or one that another package adds.

    Raises:
        UsageError: unknown name, no model for an endpoint, or settings that belong to another client.
    """
    client: LanguageClient = LANGUAGE_CLIENTS.load(name).open(settings)
    return client
