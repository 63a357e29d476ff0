import numpy as np
import pytest
import torch

from lexiscope.interpret.interaction.batch_pid import batch_pid, sinkhorn


def features(n=800, seed=0):
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, (2, n))
    noisy = [2.0 * bit[:, None] - 1 + rng.normal(0, 0.3, (n, 3)) for bit in bits]
    return bits, noisy, [str(row) for row in range(n)]


def test_sinkhorn_brings_every_class_to_its_marginals():
    rng = np.random.default_rng(0)
    rows, columns = rng.dirichlet(np.ones(2), 5), rng.dirichlet(np.ones(2), 5)
    rows, columns = torch.from_numpy(rows), torch.from_numpy(columns * (rows.sum(0) / columns.sum(0)))
    scaled = sinkhorn(torch.from_numpy(rng.uniform(0.1, 1, (5, 5, 2))), rows, columns)
    assert torch.allclose(scaled.sum(1), rows, atol=0.011)
    assert torch.allclose(scaled.sum(0), columns, atol=0.011)


@pytest.mark.slow
def test_the_largest_part_is_the_planted_one():
    (a, b), (first, second), groups = features()
    found = {}
    for name, one, two, y in [
        ("synergy", first, second, a ^ b),
        ("unique_1", first, second, a),
        ("redundancy", first, first[:, ::-1], a),
    ]:
        parts = batch_pid(one, two, y, groups=groups, classes=2, seed=0)
        found[name] = dict(zip(("redundancy", "unique_1", "unique_2", "synergy"), parts.vector(), strict=True))
    for name, parts in found.items():
        assert parts[name] == max(parts.values())
        assert parts[name] > 0.4  # of ln 2 = 0.69


@pytest.mark.slow
def test_random_labels_of_few_cases_are_not_learned_by_heart():
    (a, _), (first, second), groups = features(300)
    labels = np.random.default_rng(5).permutation(a)
    assert batch_pid(first, second, labels, groups=groups, classes=2).total < 0.05


def test_one_group_cannot_be_halved():
    _, (first, second), _ = features(10)
    with pytest.raises(ValueError, match="at least 4 groups"):
        batch_pid(first, second, np.zeros(10, dtype=int), groups=["a"] * 10, classes=2)
