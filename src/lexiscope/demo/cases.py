"""Cases on the page: modalities as films hang, and the first text."""

from collections import Counter
from collections.abc import Sequence

from lexiscope.core.case import Case
from lexiscope.corpus.store import Corpus
from lexiscope.evaluate.report.page import ShownCase
from lexiscope.evaluate.report.pictures import pictures_of

_MOST_PICTURES = 3  # modalities shown side by side
_READING_ORDER = ("t1w", "pre", "post", "t2w", "flair")  # as films hang; other modalities follow by name


def shown_modalities(cases: Sequence[Case]) -> list[str]:
    """The most frequent modalities, in the order in which they are shown.

    Example:
        >>> from lexiscope.core import Image, Provenance
        >>> images = {name: Image("0" * 64, name, "nifti", (2, 8, 8)) for name in ("flair", "adc", "t1w")}
        >>> shown_modalities([Case("c1", "p1", Provenance("by hand"), images=images)])
        ['t1w', 'flair', 'adc']
    """
    counts = Counter(name for case in cases for name in case.images)
    kept = [name for name, _ in counts.most_common(_MOST_PICTURES)]
    return sorted(kept, key=lambda name: (_place(name), name))


def spread(cases: Sequence[Case], n: int) -> list[Case]:
    """The first cases of at most `n` different groups, evenly over all.

    Example:
        >>> from lexiscope.core import Provenance
        >>> cases = [Case(f"c{row}", group, Provenance("by hand")) for row, group in enumerate("aabcde")]
        >>> [case.id for case in spread(cases, 2)], [case.id for case in spread(cases[:2], 2)]
        (['c2', 'c4'], ['c0'])
    """
    firsts = list({case.group: case for case in reversed(cases)}.values())[::-1]
    places = {(2 * k + 1) * len(firsts) // (2 * n) for k in range(n)} if firsts else set()
    return [firsts[place] for place in sorted(places)]


def show(case: Case, *, corpus: Corpus, modalities: Sequence[str]) -> ShownCase:
    """A case as the page shows it, without a question."""
    text = " ".join(passage.text for passage in case.statements[:1]) or "no text"
    return ShownCase(case.id, case.group, text, pictures_of(case, corpus=corpus, modalities=modalities))


def _place(name: str) -> int:
    return _READING_ORDER.index(name) if name in _READING_ORDER else len(_READING_ORDER)
