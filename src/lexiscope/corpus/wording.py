"""Describing texts that several groups share: which of them are leaks, and which are only a template.

The rule, stated once for the audit and the splits. Describing texts are captions, alternative texts, reports and
findings, compared without case, spacing and punctuation. A text that several groups share is template text when

- at least `MANY` groups share it, or
- every run of three words in it also occurs in other texts of at least `MANY` further groups: its words say nothing
  that is this case's own, as in texts written from a form.

Any other shared text identifies its case, so the groups that share it belong in one split.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lexiscope.corpus.joined import Readable

DESCRIBING = ("caption", "alt_text", "report", "finding")
MANY = 3  # groups

_WORD = re.compile(r"\w+")
_RUN = 3  # words


@dataclass(frozen=True, slots=True)
class SharedText:
    """A text that several groups share.

    Args:
        text: Text as it was first met.
        groups: Groups that share the text, sorted.
        template: True when it is template text by the rule above.
    """

    text: str
    groups: tuple[str, ...]
    template: bool


def normalise(text: str) -> str:
    """A text without case, spacing and punctuation.

    Example:
        >>> normalise("  A crack-like PORE. ")
        'a crack like pore'
    """
    return " ".join(_WORD.findall(text.casefold()))


def words_of(answer: str) -> list[str]:
    """An answer's words, without case and punctuation; articles stay, as "a" may name a panel.

    An answer of signs alone, such as "+", keeps them: it is not the same as "-", nor as none.

    Example:
        >>> words_of("Panel A."), words_of("+")
        (['panel', 'a'], ['+'])
    """
    return _WORD.findall(answer.casefold()) or answer.split()


@lru_cache(maxsize=1 << 16)  # answers are compared with each other again and again
def word_overlap(answer: str, other: str) -> float:
    """Harmonic mean of the shares of words that two answers have in common, 0 to 1.

    Example:
        >>> word_overlap("two round pores", "two pores")
        0.8
    """
    words, others = Counter(words_of(answer)), Counter(words_of(other))
    shared = (words & others).total()
    if not shared:
        return float(words == others)
    precision, recall = shared / words.total(), shared / others.total()
    return 2 * precision * recall / (precision + recall)


def answer_key(answer: str) -> str:
    """Key shared by answers that read alike: their words or, where one is of signs alone ("+", "-"), the signs.

    Example:
        >>> answer_key("Yes."), answer_key("+")
        ('yes', '+')
    """
    return normalise(answer) or answer.strip()


def describing_texts(row: Mapping[str, Any]) -> list[str]:
    """The describing texts of a row of the corpus.

    Example:
        >>> texts = [{"kind": "caption", "text": "A pore."}, {"kind": "mention", "text": "See Fig. 1."}]
        >>> describing_texts({"texts": texts})
        ['A pore.']
    """
    return [passage["text"] for passage in row["texts"] if passage["kind"] in DESCRIBING]


def shared_texts(corpus: Readable) -> Iterator[SharedText]:
    """Every describing text that more than one group has, in the order first met.

    Two passes over the corpus; memory holds sixteen bytes for each distinct text and the shared texts themselves.
    """
    owners = _owners(corpus)
    shared = {key: groups for key, groups in owners.items() if len(groups) > 1}
    firsts, common = _evidence(corpus, shared)
    for key, text in firsts.items():
        groups = tuple(sorted(shared[key]))
        yield SharedText(text, groups, len(groups) >= MANY or all(run in common for run in _runs(text)))


def _owners(corpus: Readable) -> dict[bytes, set[str]]:
    """Hash of a text -> its groups."""
    owners: dict[bytes, set[str]] = defaultdict(set)
    for group, text in _describing(corpus):
        owners[_key(text)].add(group)
    return owners


def _evidence(corpus: Readable, shared: dict[bytes, set[str]]) -> tuple[dict[bytes, str], set[str]]:
    """The shared texts in full, and those of their runs of words that further groups use in other texts."""
    firsts: dict[bytes, str] = {}
    for _, text in _describing(corpus):
        if (key := _key(text)) in shared:
            firsts.setdefault(key, text)
    users: dict[str, set[str]] = {run: set() for text in firsts.values() for run in _runs(text)}
    for group, text in _describing(corpus) if users else ():
        if _key(text) not in shared:
            _note(users, _runs(text), group)
    return firsts, {run for run, groups in users.items() if len(groups) >= MANY}


def _note(users: dict[str, set[str]], runs: Iterable[str], group: str) -> None:
    for run in runs:
        if run in users and len(users[run]) < MANY:
            users[run].add(group)


def _runs(text: str) -> set[str]:
    words = normalise(text).split()
    length = min(_RUN, len(words))
    return {" ".join(words[start : start + length]) for start in range(len(words) - length + 1)}


def _describing(corpus: Readable) -> Iterator[tuple[str, str]]:
    for row in corpus.rows(columns=["group", "texts"]):
        for text in describing_texts(row):
            yield row["group"], text


def _key(text: str) -> bytes:
    return hashlib.blake2b(normalise(text).encode(), digest_size=16).digest()
