"""`leave_groups_out`: predictions of a ridge regression for each group from the other groups, in closed form."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float


def leave_groups_out(
    inverse: Float[np.ndarray, "n n"],
    coefficients: Float[np.ndarray, "n a"],
    targets: Float[np.ndarray, "n a"],
    groups: Sequence[str] | np.ndarray,
) -> Float[np.ndarray, "n a"]:
    """Scores of each group's rows by a kernel ridge regression on the other groups, in closed form.

    Leaving out a block of rows leaves the residual inv((K + penalty I)^-1 [block]) coefficients [block].

    Args:
        inverse: (K + penalty I)^-1 over all rows.
        coefficients: Coefficients of the regression on all rows.
        targets: Targets of the rows; the scores are of their scale.
        groups: Group of each row.

    Example:
        >>> gram, targets = np.eye(2), np.array([[1.0], [3.0]])  # nobody is like anybody else
        >>> inverse = np.linalg.inv(gram + np.eye(2))
        >>> leave_groups_out(inverse, inverse @ targets, targets, ["a", "b"]).tolist()
        [[0.0], [0.0]]
    """
    scores, owner = targets.copy(), np.asarray(groups)
    for name in np.unique(owner):
        rows = np.flatnonzero(owner == name)
        scores[rows] -= np.linalg.solve(inverse[np.ix_(rows, rows)], coefficients[rows])
    return scores
