"""`Progress`: how long work says how far it is."""

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, int | None, str], None]
"""Called with what is done, the total or None where nobody knows it, and the plural of what is counted."""
