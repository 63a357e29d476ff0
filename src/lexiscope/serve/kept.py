"""`Kept`: something that is made from the whole corpus, kept until the corpus changes."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from lexiscope.corpus import Corpus

T = TypeVar("T")


class Kept(Generic[T]):
    """What a function makes of a corpus, made once for each state of it.

    Example:
        >>> import tempfile
        >>> corpus = Corpus.create(f"{tempfile.mkdtemp()}/scans")
        >>> cases = Kept(len)
        >>> cases.known(corpus), cases.of(corpus), cases.known(corpus)
        (None, 0, 0)
    """

    def __init__(self, make: Callable[[Corpus], T]) -> None:
        self._make = make
        self._lock = Lock()
        self._made: tuple[int, T] | None = None

    def of(self, corpus: Corpus) -> T:
        """The thing, made now if it is not known; who asks meanwhile waits for it."""
        with self._lock:
            revision = corpus.revision
            if self._made is None or self._made[0] != revision:
                self._made = revision, self._make(corpus)
            return self._made[1]

    def known(self, corpus: Corpus) -> T | None:
        """The thing where it was made of the corpus as it is now, else None; never waits."""
        made = self._made
        return None if made is None or made[0] != corpus.revision else made[1]
