"""`ClientSettings`: the choice of a language model, and of where it runs."""

from lexiscope.core.settings import Settings


class ClientSettings(Settings):
    """Choice of a language model, and of where it runs.

    Args:
        model: Name, directory or hub name of the language model.
        url: Address of a server, such as http://localhost:8000/v1.
        key_env: Name of the environment variable that holds the server's key.
        allow_download: Permission to fetch a hub name that is not on this machine yet.
    """

    model: str | None = None
    url: str | None = None
    key_env: str | None = None
    allow_download: bool = False
