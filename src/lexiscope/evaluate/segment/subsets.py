"""`subsets_of`: the sets of modalities that a model is measured with."""

from collections.abc import Sequence
from itertools import combinations

ALL_SUBSETS = 4  # modalities of which every subset is measured; of more, each left out


def subsets_of(modalities: Sequence[str], *, every: bool) -> list[tuple[str, ...]]:
    """Sets of modalities but the whole one, the larger first.

    Args:
        modalities: All that a model reads.
        every: Every subset, where there are at most four modalities; else each modality left out.

    Example:
        >>> subsets_of(["a", "b", "c"], every=False)
        [('a', 'b'), ('a', 'c'), ('b', 'c')]
        >>> len(subsets_of(["a", "b", "c"], every=True))
        6
    """
    least = 1 if every and len(modalities) <= ALL_SUBSETS else max(1, len(modalities) - 1)
    sizes = range(len(modalities) - 1, least - 1, -1)
    return [subset for size in sizes for subset in combinations(sorted(modalities), size)]


def subset_name(modalities: Sequence[str]) -> str:
    """How a report names a set of modalities.

    Example:
        >>> subset_name(["post", "flair"])
        'flair + post'
    """
    return " + ".join(sorted(modalities))
