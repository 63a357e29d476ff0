"""Features of any width as numbers of clusters, which tables of joint probabilities can count."""

import numpy as np
from jaxtyping import Float, Int64

CLUSTERS = 20


def discretise(
    features: Float[np.ndarray, "n d"], *, clusters: int = CLUSTERS, components: int = 5, seed: int = 0
) -> Int64[np.ndarray, " n"]:
    """Cluster of each row: unit length, principal components, k-means (https://arxiv.org/abs/2302.12247).

    Labels play no part, so clusters hold nothing of them by themselves.

    Args:
        features: A row for each case.
        clusters: Most clusters; there are never more than different rows.
        components: Most principal components.
        seed: Seed of the principal components and of the centres.

    Example:
        >>> two = discretise(np.array([[1.0, 0.0], [0.9, 0.1], [-1.0, 0.0]]), clusters=2)
        >>> two[0] == two[1] != two[2]
        np.True_
    """
    from sklearn.cluster import KMeans

    reduced = reduce(features, components=components, seed=seed)
    different = len(np.unique(reduced.round(9), axis=0))
    if different == 1:
        return np.zeros(len(features), dtype=np.int64)
    means = KMeans(min(clusters, different), n_init=4, random_state=seed).fit(reduced)
    return means.labels_.astype(np.int64)


def reduce(features: Float[np.ndarray, "n d"], *, components: int, seed: int = 0) -> Float[np.ndarray, "n c"]:
    """Principal components of rows of unit length, at most as many as rows, columns and `components`."""
    from sklearn.decomposition import PCA

    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    unit = features / np.where(lengths > 0, lengths, 1)
    if np.ptp(unit, axis=0).max(initial=0) < 1e-12:  # all the same: no component has a share of nothing
        return np.zeros((len(unit), 1))
    return PCA(min(components, *unit.shape), random_state=seed).fit_transform(unit)


def most_clusters(n: int, classes: int) -> int:
    """Clusters for n cases: as many as leave five cases on average to a cell, 2 to 20; one a class, up to 10.

    With more, a table is mostly empty, and what it lacks looks like synergy; with fewer than classes, two branches that
    know the same are grouped by different halves of it, and what is redundant looks unique.

    Example:
        >>> most_clusters(200, 2), most_clusters(200, 10), most_clusters(10_000, 4)
        (4, 10, 20)
    """
    return int(np.clip(max(np.sqrt(n / (5 * max(classes, 1))), min(classes, 10)), 2, CLUSTERS))
