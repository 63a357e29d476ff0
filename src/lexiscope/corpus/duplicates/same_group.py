"""Own groups: what evidence about a case must never come from, known by name and by image file."""

from collections.abc import Collection, Sequence

from lexiscope.core.case import Case
from lexiscope.corpus.store import Corpus


def excluded_groups(corpus: Corpus, cases: Sequence[Case]) -> list[frozenset[str]]:
    """For each case its group, and every group of `corpus` that holds one of its image files under another name.

    Args:
        corpus: Where evidence comes from; the cases need not be in it.
    """
    files = [[image.content for image in case.images.values()] for case in cases]
    return [groups | {case.group} for case, groups in zip(cases, groups_with(corpus, files), strict=True)]


def groups_with(corpus: Corpus, files: Sequence[Collection[str]]) -> list[frozenset[str]]:
    """For each set of image files (SHA-256), the groups that hold one of them, whatever their split."""
    owners = groups_by_file(corpus)
    return [frozenset[str]().union(*(owners.get(content, ()) for content in contents)) for contents in files]


def groups_by_file(corpus: Corpus) -> dict[str, frozenset[str]]:
    """Image file (SHA-256) -> the groups that hold it, whatever their split."""
    owners: dict[str, set[str]] = {}
    for row in corpus.rows(columns=["group", "images"]):
        for image in row["images"]:
            owners.setdefault(image["content"], set()).add(row["group"])
    return {content: frozenset(groups) for content, groups in owners.items()}


def connected_groups(own: Sequence[frozenset[str]]) -> list[str]:
    """One name for each case's groups, such that groups which any case has in common have the same name.

    Example:
        >>> connected_groups([frozenset("a"), frozenset("ba"), frozenset("cb"), frozenset("d")])
        ['a', 'a', 'a', 'd']
    """
    first: dict[str, str] = {}

    def root(group: str) -> str:
        while first.setdefault(group, group) != group:
            group = first[group]
        return group

    for groups in own:
        name = min(map(root, groups))
        for group in groups:
            first[root(group)] = name
    return [root(min(groups)) for groups in own]
