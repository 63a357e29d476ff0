"""`HsicSums`: everything that HSIC of any choice of blocks of cases needs, from one pass over the features.

With K = XX' and L = YY', the unbiased estimator of Song et al. (2012, JMLR 13, "Feature selection via dependence
maximization", equation 5) is

    HSIC_1 = [tr(K~L~) + (1'K~1)(1'L~1) / ((n-1)(n-2)) - 2/(n-2) 1'K~L~1] / (n(n-3)),    K~ = K without its diagonal,

and the biased one tr(KHLH) / (n-1)^2. Their terms are sums over cases, and over blocks of cases they are sums of block
terms, such as tr(KL) = ||X'Y||^2 = sum_ab <X_a'Y_a, X_b'Y_b>. So the estimate of any union of blocks is a form in the
numbers of blocks, and neither an n x n matrix nor a second look at the features is needed for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float, Int64

_MUCH_WORK = 1 << 26  # multiplications
_LEAST, _MOST = 1e-18, 1e15  # squared length of the longest row, of products that single precision holds
_Rows: TypeAlias = np.ndarray | slice


@dataclass(frozen=True, eq=False, slots=True)
class HsicSums:
    """Sums of kernel values over the cases i, j, q of blocks a, b, c.

    Args:
        cases: `(a)`: cases.
        product: `(a, b)`: sum of K_ij L_ij.
        chain: `(a, b, c)`: sum of K_ij L_jq, j in b.
        first: `(a, b)`: sum of K_ij.
        second: `(a, b)`: sum of L_ij.
        first_diagonal: `(a)`: sum of K_ii.
        second_diagonal: `(a)`: sum of L_ii.
        diagonals: `(a)`: sum of K_ii L_ii.
        first_beside: `(a, b)`: sum of K_ij L_jj.
        second_beside: `(a, b)`: sum of L_ij K_jj.
    """

    cases: Float[np.ndarray, " a"]
    product: Float[np.ndarray, "a a"]
    chain: Float[np.ndarray, "a a a"]
    first: Float[np.ndarray, "a a"]
    second: Float[np.ndarray, "a a"]
    first_diagonal: Float[np.ndarray, " a"]
    second_diagonal: Float[np.ndarray, " a"]
    diagonals: Float[np.ndarray, " a"]
    first_beside: Float[np.ndarray, "a a"]
    second_beside: Float[np.ndarray, "a a"]

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return len(self.cases)

    def hsic(self, chosen: Float[np.ndarray, "r a"], *, unbiased: bool = True) -> Float[np.ndarray, " r"]:
        """HSIC of the cases of the chosen blocks; NaN where they are fewer than four.

        Args:
            chosen: For each answer the blocks that are in it, as 1 and 0.
            unbiased: HSIC_1; the biased estimator otherwise.
        """
        n = chosen @ self.cases
        with np.errstate(invalid="ignore", divide="ignore"):
            total = self._unbiased(chosen, n) if unbiased else self._biased(chosen, n)
        return np.where(n > 3, total, np.nan)

    def _unbiased(self, chosen: Float[np.ndarray, "r a"], n: Float[np.ndarray, " r"]) -> Float[np.ndarray, " r"]:
        diagonals = chosen @ self.diagonals
        first = _form(self.first, chosen) - chosen @ self.first_diagonal
        second = _form(self.second, chosen) - chosen @ self.second_diagonal
        beside = _form(self.first_beside, chosen) + _form(self.second_beside, chosen)
        chain = _chained(self.chain, chosen) - beside + diagonals
        trace = _form(self.product, chosen) - diagonals
        return (trace + first * second / ((n - 1) * (n - 2)) - 2 / (n - 2) * chain) / (n * (n - 3))

    def _biased(self, chosen: Float[np.ndarray, "r a"], n: Float[np.ndarray, " r"]) -> Float[np.ndarray, " r"]:
        sums = _form(self.first, chosen) * _form(self.second, chosen)
        return (_form(self.product, chosen) + sums / n**2 - 2 * _chained(self.chain, chosen) / n) / (n - 1) ** 2


def sum_features(
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, "n e"],
    block_of: Int64[np.ndarray, " n"],
    *,
    blocks: int,
) -> HsicSums:
    """Sums of linear kernels of paired rows; as `sum_pairs` of one pair."""
    return sum_pairs([(x, y)], block_of, blocks=blocks)[0]


def sum_pairs(
    pairs: Sequence[tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "n e"]]],
    block_of: Int64[np.ndarray, " n"],
    *,
    blocks: int,
) -> list[HsicSums]:
    """Sums of linear kernels of pairs of features of the same cases, each by products or kernels, whichever is less.

    Columns are shifted by their means: both estimators stay the same, and large means would cost digits. Features are
    read block by block and may lie on disk, a side that is in several pairs once; products of all blocks are in memory
    at once, blocks * d * e numbers a pair.
    """
    rows: list[_Rows] = [slice(None)] if blocks == 1 else [np.flatnonzero(block_of == block) for block in range(blocks)]
    sides = {id(side): side for pair in pairs for side in pair}
    means = {key: side.mean(axis=0, dtype=np.float64) for key, side in sides.items()}
    made = {
        number: _ByProducts(len(rows), x.shape[1], y.shape[1])
        for number, (x, y) in enumerate(pairs)
        if len(x) * (x.shape[1] + y.shape[1]) >= x.shape[1] * y.shape[1]
    }
    needed = {id(side) for number in made for side in pairs[number]}
    for block, some in enumerate(rows):
        parts = {key: _Part(sides[key][some], means[key]) for key in needed}
        for number, sums in made.items():
            x, y = pairs[number]
            sums.add(block, parts[id(x)], parts[id(y)])
    return [
        made[number].done() if number in made else _by_kernels(x - means[id(x)], y - means[id(y)], rows)
        for number, (x, y) in enumerate(pairs)
    ]


class _Part:
    """Rows of one block of features, less their means.

    Args:
        rows: Of m cases.
        means: Of the columns, over all blocks.
    """

    def __init__(self, rows: Float[np.ndarray, "m d"], means: Float[np.ndarray, " d"]) -> None:
        self.values, self.diagonal = _shifted(rows, means)
        self.sum = self.values.sum(axis=0)


def _shifted(
    rows: Float[np.ndarray, "m d"], means: Float[np.ndarray, " d"]
) -> tuple[Float[np.ndarray, "m d"], Float[np.ndarray, " m"]]:
    """Rows less their means, and the diagonal of their kernel; where products are much work, in single precision.

    Errors of single products, 1e-6 of the largest, are averaged out by the sums over all of them. Values whose products
    single precision cannot hold stay as they are.
    """
    if len(rows) * rows.shape[1] ** 2 < _MUCH_WORK:
        return _with_lengths(rows - means)
    with np.errstate(over="ignore"):
        if rows.dtype == np.float32:
            made = rows - means.astype(np.float32)  # a shift may be rounded
        else:
            made = np.subtract(rows, means, out=np.empty(rows.shape, np.float32), casting="same_kind")
        made, lengths = _with_lengths(made)
    return (made, lengths) if _LEAST < lengths.max() < _MOST else _with_lengths(rows - means)


def _with_lengths(rows: Float[np.ndarray, "m d"]) -> tuple[Float[np.ndarray, "m d"], Float[np.ndarray, " m"]]:
    return rows, np.einsum("nd,nd->n", rows, rows)


class _ByProducts:
    """Sums from X_a'Y_a of each block: no matrix has a side of the length of the cases."""

    def __init__(self, blocks: int, width: int, other: int) -> None:
        self.products = np.empty((blocks, width, other))
        self.x, self.x_by_y = np.empty((blocks, width)), np.empty((blocks, width))
        self.y, self.y_by_x = np.empty((blocks, other)), np.empty((blocks, other))
        self.cases, self.norms = np.empty(blocks), np.empty(blocks)
        self.x_norm, self.y_norm = np.empty(blocks), np.empty(blocks)

    def add(self, block: int, x: _Part, y: _Part) -> None:
        self.products[block] = x.values.T @ y.values  # of one part with itself half the work: BLAS makes one triangle
        self.cases[block] = len(x.values)
        self.x[block], self.y[block] = x.sum, y.sum
        self.x_by_y[block] = y.diagonal @ x.values
        self.y_by_x[block] = self.x_by_y[block] if x is y else x.diagonal @ y.values
        of_x, of_y = x.diagonal.astype(np.float64), y.diagonal.astype(np.float64)
        self.x_norm[block], self.y_norm[block] = of_x.sum(), of_y.sum()
        self.norms[block] = of_x @ of_y

    def done(self) -> HsicSums:
        flat = self.products.reshape(len(self.products), -1)
        return HsicSums(
            cases=self.cases,
            product=flat @ flat.T,
            chain=np.matmul(np.matmul(self.x, self.products), self.y.T).transpose(1, 0, 2),
            first=self.x @ self.x.T,
            second=self.y @ self.y.T,
            first_diagonal=self.x_norm,
            second_diagonal=self.y_norm,
            diagonals=self.norms,
            first_beside=self.x @ self.x_by_y.T,
            second_beside=self.y @ self.y_by_x.T,
        )


def _by_kernels(x: np.ndarray, y: np.ndarray, rows: Sequence[_Rows]) -> HsicSums:
    """From the kernels themselves, where there are fewer cases than features."""
    member = np.zeros((len(x), len(rows)))  # (n, a)
    for block, some in enumerate(rows):
        member[some, block] = 1
    k, m = x @ x.T, y @ y.T
    of_k, of_m = k @ member, m @ member  # (n, a)
    k_diagonal, m_diagonal = np.diagonal(k), np.diagonal(m)
    return HsicSums(
        cases=member.sum(axis=0),
        product=member.T @ (k * m) @ member,
        chain=np.einsum("ia,ib,ic->abc", of_k, member, of_m, optimize=True),
        first=member.T @ of_k,
        second=member.T @ of_m,
        first_diagonal=k_diagonal @ member,
        second_diagonal=m_diagonal @ member,
        diagonals=(k_diagonal * m_diagonal) @ member,
        first_beside=of_k.T @ (member * m_diagonal[:, None]),
        second_beside=of_m.T @ (member * k_diagonal[:, None]),
    )


def _form(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Sum over the chosen blocks of both sides."""
    return np.einsum("ra,ra->r", chosen @ values, chosen)


def _chained(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    left = (chosen @ values.reshape(len(values), -1)).reshape(len(chosen), len(values), -1)  # (r, b, c)
    return np.einsum("rc,rc->r", (chosen[:, None] @ left)[:, 0], chosen)
