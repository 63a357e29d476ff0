"""`goes_in_circles`: the end of an answer that would say the same again without end, as small models do."""

from collections.abc import Sequence

LENGTH = 16  # tokens that come for the third time


def goes_in_circles(tokens: Sequence[int]) -> bool:
    """True where the last `LENGTH` tokens came twice before.

    (A penalty on repeated words would keep a model from the words of the caption.)

    Args:
        tokens: Tokens of the answer so far.

    Example:
        >>> circle = list(range(LENGTH))
        >>> goes_in_circles(circle * 2), goes_in_circles(circle * 3)
        (False, True)
    """
    last = list(tokens[-LENGTH:])
    before = (list(tokens[at : at + LENGTH]) == last for at in range(len(tokens) - LENGTH))
    return len(tokens) > 2 * LENGTH and sum(before) >= 2
