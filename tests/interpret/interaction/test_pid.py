import numpy as np
import pytest

from lexiscope.interpret.interaction.discretise import discretise, most_clusters
from lexiscope.interpret.interaction.pid import Pid, PidSolver, agreement, joint_table, mutual_information, pid

LN2 = np.log(2)


def table(rule, *, copied=False):
    made = np.zeros((2, 2, 2))
    for a in range(2):
        for b in range(2):
            if not copied or a == b:
                made[a, b, rule(a, b)] += 1
    return made


@pytest.mark.parametrize(
    ("made", "parts"),
    [
        (table(lambda a, b: a ^ b), [0, 0, 0, LN2]),
        (table(lambda a, b: a, copied=True), [LN2, 0, 0, 0]),
        (table(lambda a, b: a), [0, LN2, 0, 0]),
        (table(lambda a, b: b), [0, 0, LN2, 0]),
        # AND: q may set the pair equal but for what p(x, y) fixes, which leaves H(Y | X1, X2) = half a bit
        (table(lambda a, b: a & b), [0.75 * np.log(4 / 3), 0, 0, LN2 / 2]),
    ],
    ids=["xor", "copy", "first", "second", "and"],
)
def test_gates_have_their_known_parts(made, parts):
    assert pid(made).vector() == pytest.approx(parts, abs=1e-5)


def test_parts_sum_to_the_information_of_the_pair_and_are_not_negative():
    rng = np.random.default_rng(0)
    solver = PidSolver((3, 4, 2))
    for _ in range(3):
        made = rng.dirichlet(np.ones(24) / 2).reshape(3, 4, 2)
        parts = solver.solve(made)
        assert parts.total == pytest.approx(mutual_information(made.reshape(12, 2)), abs=1e-9)
        assert parts.vector().min() >= -1e-9


def test_a_kept_solver_gives_what_a_new_one_gives():
    rng = np.random.default_rng(1)
    one, other = rng.dirichlet(np.ones(12), 2).reshape(2, 3, 2, 2)
    solver = PidSolver((3, 2, 2))
    solver.solve(one)
    assert solver.solve(other).vector() == pytest.approx(pid(other).vector(), abs=1e-7)


@pytest.mark.slow
def test_equal_to_broja_of_another_library_on_random_tables():
    dit = pytest.importorskip("dit")
    from dit.pid import PID_BROJA

    rng = np.random.default_rng(0)
    solver = PidSolver((3, 3, 2))
    for _ in range(20):
        made = rng.dirichlet(np.ones(18)).reshape(3, 3, 2)
        outcomes = list(np.ndindex(3, 3, 2))
        probabilities = dit.Distribution(["".join(map(str, one)) for one in outcomes], [made[one] for one in outcomes])
        # its default solver for small tables stops short by up to 6e-3: our q is feasible and tells less
        peer = PID_BROJA(probabilities, ((0,), (1,)), (2,), method="admui", maxiter=5000)
        theirs = [peer.get_pi(node) * LN2 for node in (((0,), (1,)), ((0,),), ((1,),), ((0, 1),))]
        assert solver.solve(made).vector() == pytest.approx(theirs, abs=1e-3)


def test_tables_that_are_none_are_refused():
    solver = PidSolver((2, 2, 2))
    with pytest.raises(ValueError, match=r"expected a table of shape \(2, 2, 2\), got \(2, 2, 3\)"):
        solver.solve(np.ones((2, 2, 3)))
    with pytest.raises(ValueError, match="got negative, missing or empty"):
        solver.solve(np.zeros((2, 2, 2)))


def test_counts_are_probabilities():
    first, second, labels = np.array([[0, 1, 1, 0], [1, 1, 0, 0], [0, 0, 1, 0]])
    made = joint_table(first, second, labels, (2, 2, 2))
    assert made.sum() == pytest.approx(1)
    assert made[1, 0, 1] == 0.25


def test_agreement_weighs_what_the_model_has_by_what_the_data_have():
    assert agreement(Pid(0.3, 0.1, 0, 0), Pid(0.2, 0.4, 1, 1)) == pytest.approx(0.75 * 0.2 + 0.25 * 0.4)
    assert agreement(Pid(0, 0, 0, 0), Pid(1, 1, 1, 1)) == 0


def test_clusters_follow_the_directions_of_features_whatever_their_length():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 90)
    features = np.eye(16)[truth] * rng.uniform(1, 9, (90, 1)) + rng.normal(0, 0.02, (90, 16))
    found = discretise(features, clusters=3, seed=1)
    assert len({(a, b) for a, b in zip(truth, found, strict=True)}) == 3
    assert found.tolist() == discretise(features, clusters=3, seed=1).tolist()


def test_no_more_clusters_than_different_rows():
    assert discretise(np.ones((5, 3))).tolist() == [0] * 5
    assert len(set(discretise(np.array([[1.0, 0], [0, 1], [1, 0]])))) == 2
    assert most_clusters(8, 2) == 2
