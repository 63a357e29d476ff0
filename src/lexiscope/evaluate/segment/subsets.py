"""`subsets_of`: the sets of modalities that a model is measured with."""

from collections.abc import Sequence
from itertools import combinations

ALL_SUBSETS = 4  # modalities of which every subset is measured: fifteen


def subsets_of(modalities: Sequence[str], *, every: bool) -> list[tuple[str, ...]]:
    """Sets of modalities, the larger first: each modality left out, or every set that is not empty.

    Of more than `ALL_SUBSETS` modalities, "every" is all together, each left out, and each alone.

    Args:
        modalities: All that a model reads.
        every: Every set, rather than each modality left out.

    Example:
        >>> subsets_of(["a", "b", "c"], every=False)
        [('a', 'b'), ('a', 'c'), ('b', 'c')]
        >>> [len(subsets_of("abcdef"[:n], every=True)) for n in (1, 2, 3, 4, 5)]
        [1, 3, 7, 15, 11]
    """
    n = len(modalities)
    few = {n, n - 1, 1} if n > ALL_SUBSETS else set(range(1, n + 1))
    sizes = few if every else {n - 1} - {0}
    return [subset for size in sorted(sizes, reverse=True) for subset in combinations(sorted(modalities), size)]


def subset_name(modalities: Sequence[str]) -> str:
    """How a report names a set of modalities.

    Example:
        >>> subset_name(["post", "flair"])
        'flair + post'
    """
    return " + ".join(sorted(modalities))
