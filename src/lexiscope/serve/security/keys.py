"""`Keys`: which token gives which role."""

import hmac
from hashlib import sha256
from typing import Literal

from lexiscope.serve.config import ServeConfig

Role = Literal["read", "write"]


class Keys:
    """Tokens and their roles. Only hashes are kept, and each is compared in the same time whatever comes.

    Args:
        config: Tokens, and whether anybody may write.
    """

    def __init__(self, config: ServeConfig) -> None:
        strongest: Role = "read" if config.read_only else "write"
        pairs: tuple[tuple[str | None, Role], ...] = ((config.token, strongest), (config.read_token, "read"))
        self._roles = [(_hash(token), role) for token, role in pairs if token]
        self._without: Role | None = None if self._roles else strongest

    @property
    def without(self) -> Role | None:
        """Role of whoever comes without a token; None where one is needed."""
        return self._without

    def role(self, token: str) -> Role | None:
        """Role of a token; None for one that is none.

        Example:
            >>> keys = Keys(ServeConfig(token="open sesame", read_token="look"))
            >>> keys.role("open sesame"), keys.role("look"), keys.role("guess")
            ('write', 'read', None)
        """
        given = _hash(token)
        matching = [role for known, role in self._roles if hmac.compare_digest(known, given)]
        return matching[0] if matching else None


def _hash(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
