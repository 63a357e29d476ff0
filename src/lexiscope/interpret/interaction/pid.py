"""Partial information decomposition: what two sources say about a label alike, each alone, and only together.

Of all distributions q with q(x1, y) = p(x1, y) and q(x2, y) = p(x2, y), the one with the largest H(Y | X1, X2) says how
much the pair must tell; what p tells beyond it is synergy (Bertschinger et al., "Quantifying unique information",
https://doi.org/10.3390/e16042161; Liang et al., "Quantifying and modeling multimodal interactions",
https://arxiv.org/abs/2302.12247, whose estimator CVX this is). All numbers are in nats.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from lexiscope.core.errors import EvaluationError
from lexiscope.core.extras import need

QUANTITIES = ("redundancy", "unique_1", "unique_2", "synergy")


@dataclass(frozen=True, slots=True)
class Pid:
    """Information of two sources about a label, in nats, in its four parts.

    Args:
        redundancy: What either source tells alone.
        unique_1: What only the first tells.
        unique_2: What only the second tells.
        synergy: What neither tells without the other.
    """

    redundancy: float
    unique_1: float
    unique_2: float
    synergy: float

    @classmethod
    def of(cls, first: float, second: float, both: float, least: float) -> "Pid":
        """The parts from I(X1; Y), I(X2; Y), I(X1, X2; Y) and the least I_q(X1, X2; Y) that q may have.

        R = I1 + I2 - Iq, U1 = Iq - I2, U2 = Iq - I1, S = I - Iq. I is held above max(I1, I2), and Iq between that and
        both I and I1 + I2, where they lie but for rounding and errors of an estimator.

        Example:
            >>> Pid.of(0.0, 0.0, 0.69, 0.0).synergy
            0.69
        """
        both = max(both, first, second)
        least = min(max(least, first, second), both, first + second)
        return cls(first + second - least, least - second, least - first, both - least)

    @property
    def total(self) -> float:
        """I(X1, X2; Y), the sum of all four."""
        return self.redundancy + self.unique_1 + self.unique_2 + self.synergy

    def vector(self) -> Float[np.ndarray, "4"]:
        """The four parts in the order of `QUANTITIES`."""
        return np.array([getattr(self, name) for name in QUANTITIES])


class PidSolver:
    """Decomposition of tables of one shape; the convex problem is set up once and solved for each table.

    Args:
        shape: (values of the first source, values of the second, values of the label).

    Raises:
        MissingExtraError: cvxpy is not installed; the message holds the install line.
    """

    def __init__(self, shape: tuple[int, int, int]) -> None:
        cvxpy: Any = need("cvxpy", extra="interpret")
        n1, n2, k = self.shape = shape
        joint = cvxpy.Variable((n1 * n2, k), nonneg=True)  # q(x1, x2, y)
        self._first = cvxpy.Parameter((n1, k), nonneg=True)
        self._second = cvxpy.Parameter((n2, k), nonneg=True)
        pair = cvxpy.sum(joint, axis=1, keepdims=True) @ np.ones((1, k))  # q(x1, x2) beside each y
        sums_to_first = np.kron(np.eye(n1), np.ones((1, n2)))
        sums_to_second = np.kron(np.ones((1, n1)), np.eye(n2))
        self._problem = cvxpy.Problem(
            cvxpy.Minimize(cvxpy.sum(cvxpy.rel_entr(joint, pair))),
            [sums_to_first @ joint == self._first, sums_to_second @ joint == self._second],
        )
        self._unsolved: type[Exception] = cvxpy.error.SolverError

    def solve(self, table: Float[np.ndarray, "n1 n2 k"]) -> Pid:
        """Decompose one table.

        Args:
            table: p(x1, x2, y), or counts: it is made to sum to one.

        Raises:
            ValueError: another shape than the solver's, or a table that is empty, negative or not finite.
            EvaluationError: no solver got through.
        """
        table = self._checked(table)
        self._first.value = table.sum(1)
        self._second.value = table.sum(0)
        self._solve()
        labels = table.sum((0, 1))
        least = _entropy(labels) + float(self._problem.value)  # the value is -H_q(Y | X1, X2)
        return Pid.of(
            mutual_information(table.sum(1)),
            mutual_information(table.sum(0)),
            mutual_information(table.reshape(-1, table.shape[2])),
            least,
        )

    def _solve(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an "inaccurate" optimum, which is within 5e-5: less than any sampling
            try:
                self._problem.solve(solver="CLARABEL")
            except self._unsolved:
                self._problem.solve(solver="SCS", max_iters=20_000, eps=1e-7)  # slower, but it gets through
        if self._problem.value is None or not np.isfinite(self._problem.value):
            msg = f"expected a solution for a table of shape {self.shape}, got {self._problem.status}; use fewer values"
            raise EvaluationError(msg)

    def _checked(self, table: Float[np.ndarray, "n1 n2 k"]) -> Float[np.ndarray, "n1 n2 k"]:
        table = np.asarray(table, dtype=float)
        if table.shape != self.shape:
            raise ValueError(f"expected a table of shape {self.shape}, got {table.shape}")
        if not np.isfinite(table).all() or table.min() < 0 or table.sum() <= 0:
            raise ValueError("expected probabilities or counts, not all zero, got negative, missing or empty ones")
        return table / table.sum()


def pid(table: Float[np.ndarray, "n1 n2 k"]) -> Pid:
    """Decompose what two sources with n1 and n2 values say about a label with k values.

    Args:
        table: Joint probabilities p(x1, x2, y), or counts.

    Example:
        >>> xor = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]])
        >>> round(pid(xor).synergy, 4)  # ln 2
        0.6931
    """
    n1, n2, k = np.shape(table)
    return PidSolver((n1, n2, k)).solve(table)


def joint_table(
    first: Int64[np.ndarray, " n"],
    second: Int64[np.ndarray, " n"],
    labels: Int64[np.ndarray, " n"],
    shape: tuple[int, int, int],
) -> Float[np.ndarray, "n1 n2 k"]:
    """Count how often each (x1, x2, y) occurs, as probabilities.

    Example:
        >>> joint_table(np.array([0, 1]), np.array([0, 0]), np.array([0, 1]), (2, 1, 2)).tolist()
        [[[0.5, 0.0]], [[0.0, 0.5]]]
    """
    table = np.zeros(shape)
    np.add.at(table, (first, second, labels), 1 / len(labels))
    return table


def mutual_information(table: Float[np.ndarray, "n k"]) -> float:
    """I(X; Y) in nats of a table p(x, y)."""
    expected = table.sum(1, keepdims=True) * table.sum(0, keepdims=True)
    met = table > 0
    return max(0.0, float(np.sum(table[met] * np.log(table[met] / expected[met]))))


def agreement(data: Pid, model: Pid) -> float:
    """How far a model lives on the kinds of information that its data offer, in nats.

    Sum over R, U1, U2 and S of the share that a part has in the data times what it has in the model's own answers
    (https://arxiv.org/abs/2302.12247); zero where the data say nothing.

    Example:
        >>> agreement(Pid(0.0, 0.0, 0.0, 0.5), Pid(0.1, 0.0, 0.0, 0.4))
        0.4
    """
    if data.total <= 0:
        return 0.0
    return float(data.vector() @ model.vector() / data.total)


def _entropy(probabilities: Float[np.ndarray, " k"]) -> float:
    met = probabilities[probabilities > 0]
    return float(-np.sum(met * np.log(met)))
