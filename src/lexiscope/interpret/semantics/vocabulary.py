"""`caption_words`: words by which a lab's own captions tell cases apart."""

from collections import Counter
from collections.abc import Sequence

from lexiscope.language.text.grounding import content_words
from lexiscope.language.text.lexicon import Lexicon

_FEWEST = 3  # captions that use a word
_WIDEST = 0.8  # part of the captions; what nearly all say tells nothing apart


def caption_words(captions: Sequence[str], *, most: int = 60) -> list[str]:
    """Concepts that captions state to be present, then their other words; those that most captions use first.

    Words in fewer than three captions or in more than 80 % of them are left out.

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
    ranked = [*_common(stated, len(captions)), *_common(used, len(captions))]
    return list(dict.fromkeys(ranked))[:most]


def _common(counts: Counter[str], captions: int) -> list[str]:
    some = [(word, n) for word, n in counts.items() if n >= _FEWEST and n <= _WIDEST * captions]
    return [word for word, _ in sorted(some, key=lambda item: (-item[1], item[0]))]
