"""`caption_words`: words by which a lab's own captions tell cases apart."""

import re
from collections import Counter
from collections.abc import Sequence

from lexiscope.language.text.grounding import content_words
from lexiscope.language.text.lexicon import Lexicon

_LETTERS = re.compile(r"[^\W\d_]+")
_FEWEST = 3  # captions that use a word
_WIDEST = 0.8  # part of the captions; what nearly all say tells nothing apart


def caption_words(captions: Sequence[str], *, most: int = 60) -> list[str]:
    """Concepts that captions state to be present, then their other words; those that most captions use first.

    Words in fewer than three captions or in more than 80 % of them are left out, and so are numbers.

    Example:
        >>> caption_words(["a crack in glass", "a crack in silica", "one crack", "a pore", "pores", "a pore in glass"])
        ['crack', 'pore']
    """
    lexicon = Lexicon.load()
    stated: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for caption in captions:
        found = {read.concept.name for read in lexicon.read(caption) if read.present}
        stated.update(found)
        used.update(content_words(caption) - {word for name in found for word in content_words(name)})
    forms = _forms(captions)
    others = [forms[stem] for stem in _common(used, len(captions)) if stem in forms]
    return list(dict.fromkeys([*_common(stated, len(captions)), *others]))[:most]


def _forms(captions: Sequence[str]) -> dict[str, str]:
    """Stem of a word -> the form in which captions use it most."""
    counts: dict[str, Counter[str]] = {}
    for word in (word for caption in captions for word in _LETTERS.findall(caption.casefold())):
        for stem in content_words(word):
            counts.setdefault(stem, Counter())[word] += 1
    return {stem: found.most_common(1)[0][0] for stem, found in counts.items()}


def _common(counts: Counter[str], captions: int) -> list[str]:
    some = [(word, n) for word, n in counts.items() if n >= _FEWEST and n <= _WIDEST * captions]
    return [word for word, _ in sorted(some, key=lambda item: (-item[1], item[0]))]
