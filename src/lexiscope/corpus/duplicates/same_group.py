"""Groups that evidence about a case must never come from, known by name and by image file."""

from collections.abc import Collection, Sequence

from lexiscope.core.case import Case
from lexiscope.corpus.store import Corpus
from lexiscope.corpus.union_find import UnionFind


def excluded_groups(corpus: Corpus, cases: Sequence[Case]) -> list[frozenset[str]]:
    """Groups of each case: its own, and every group of `corpus` that holds one of its image files.

    Args:
        corpus: Corpus that evidence comes from; the cases need not be in it.
    """
    files = [[image.content for image in case.images.values()] for case in cases]
    return [groups | {case.group} for case, groups in zip(cases, groups_with(corpus, files), strict=True)]


def groups_with(corpus: Corpus, files: Sequence[Collection[str]]) -> list[frozenset[str]]:
    """Groups that hold one of each set of image files (SHA-256), whatever their split."""
    owners = groups_by_file(corpus)
    return [frozenset[str]().union(*(owners.get(content, ()) for content in contents)) for contents in files]


def groups_by_file(corpus: Corpus) -> dict[str, frozenset[str]]:
    """Image file (SHA-256) -> the groups that hold it, whatever their split."""
    owners: dict[str, set[str]] = {}
    for row in corpus.rows(columns=["group", "images"]):
        for image in row["images"]:
            owners.setdefault(image["content"], set()).add(row["group"])
    return {content: frozenset(groups) for content, groups in owners.items()}


def connected_groups(groups_of: Sequence[frozenset[str]]) -> list[str]:
    """Name of each case's connected groups: two cases get one name where a chain of shared groups links them.

    Args:
        groups_of: Groups of each case, at least one.

    Example:
        >>> connected_groups([frozenset("a"), frozenset("ba"), frozenset("cb"), frozenset("d")])
        ['a', 'a', 'a', 'd']
    """
    linked = UnionFind()
    for groups in groups_of:
        for group in groups:
            linked.join(min(groups), group)
    return [linked.root(min(groups)) for groups in groups_of]
