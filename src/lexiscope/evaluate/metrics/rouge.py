"""`rouge_l_f`: F-measure of the longest common subsequence of words (Lin, 2004, https://aclanthology.org/W04-1013)."""

from collections.abc import Sequence


def rouge_l_f(given: Sequence[str], true: Sequence[str]) -> float:
    """Harmonic mean of the parts of both texts that the longest common subsequence of their words makes up, 0 to 1.

    Example:
        >>> round(rouge_l_f(["red", "disc"], ["a", "red", "disc"]), 3)
        0.8
    """
    return 2 * _common(given, true) / max(1, len(given) + len(true))


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest common subsequence, a row of the table of all beginnings at a time."""
    row = [0] * (len(b) + 1)
    for word in a:
        before = row
        row = [0]
        for column, other in enumerate(b):
            row.append(before[column] + 1 if word == other else max(before[column + 1], row[column]))
    return row[-1]
