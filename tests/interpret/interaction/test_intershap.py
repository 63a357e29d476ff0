import numpy as np
import pytest

from lexiscope.interpret.coalitions import coalition_scores
from lexiscope.interpret.group_bootstrap import bootstrap_means
from lexiscope.interpret.interaction.intershap import interaction_values, intershap
from lexiscope.interpret.subject import Outcome
from lexiscope.testing.interpretables import PlantedSubject


@pytest.mark.parametrize("inputs", [2, 3, 5])
def test_interactions_and_what_is_alone_add_up_to_all_that_is_gained(inputs):
    values = np.random.default_rng(0).normal(size=(20, 1 << inputs))
    phi = interaction_values(values)
    assert np.allclose(phi.sum((1, 2)), values[:, -1] - values[:, 0], atol=1e-9)
    assert np.allclose(phi, phi.transpose(0, 2, 1))


def test_inputs_that_only_add_up_do_not_interact_at_all_not_even_by_rounding():
    gains = np.random.default_rng(2).normal(size=(50, 3))
    bits = (np.arange(8)[:, None] >> np.arange(3)) & 1
    phi = interaction_values(gains @ bits.T)
    assert (phi[:, ~np.eye(3, dtype=bool)] == 0).all()
    assert np.allclose(phi[:, np.arange(3), np.arange(3)], gains)


@pytest.mark.slow
def test_twice_the_interaction_is_the_shapley_interaction_index_of_another_library():
    shapiq = pytest.importorskip("shapiq")
    inputs = 4
    values = np.random.default_rng(1).normal(size=1 << inputs)
    weights = 1 << np.arange(inputs)

    def game(coalitions):
        return values[np.asarray(coalitions, dtype=int) @ weights]

    index = shapiq.ExactComputer(n_players=inputs, game=game)(index="SII", order=2)
    phi = interaction_values(values[None])[0]
    for i in range(inputs):
        for j in range(i):
            assert 2 * phi[i, j] == pytest.approx(index[(j, i)], abs=1e-9)


def ratio(means):
    side = round(means.shape[1] ** 0.5)
    return intershap(means.reshape(-1, side, side))[:, None]


def shared(subject, cases):
    phi = interaction_values(coalition_scores(subject, cases, removal="marginal", draws=16))
    return bootstrap_means(phi.reshape(len(phi), -1), cases.groups, of=ratio, resamples=200)[0]


def test_all_of_xor_is_interaction_and_nothing_of_a_single_input():
    for rule, low, high in [("xor", 0.85, 1.0), ("first", 0.0, 1e-9)]:
        subject = PlantedSubject(rule=rule)
        estimate = shared(subject, subject.cases(200))
        assert low <= estimate.low <= estimate.high <= high


class Trained(PlantedSubject):
    """A network taught wide noisy versions of the bits, as in the high-dimensional XOR of the paper."""

    def __init__(self, rule):
        super().__init__(rule=rule)
        from sklearn.neural_network import MLPClassifier

        train = self.cases(1500, seed=100)
        network = MLPClassifier((32,), max_iter=80, random_state=0).fit(self.wide(train, train), train.truth)
        object.__setattr__(self, "network", network)

    def wide(self, first, second):
        def noisy(cases, name, seed):
            noise = np.random.default_rng(seed).normal(0, 0.7, (len(cases), 20))
            return noise + np.array([2 * item[name] - 1 for item in cases.items])[:, None] * 0.7

        return np.concatenate([noisy(first, "a", len(first)), noisy(second, "b", len(second) + 1)], axis=1)

    def outcomes(self, cases, coalitions):
        said = []
        for coalition in coalitions:
            ours = [cases if name in coalition.kept else coalition.donors for name in self.inputs]
            probabilities = self.network.predict_proba(self.wide(*ours))
            said.append(Outcome(probabilities[np.arange(len(cases)), cases.truth], probabilities))
        return said


@pytest.mark.slow
def test_of_trained_networks_the_one_that_needs_both_inputs_stands_apart():
    found = {rule: shared(subject := Trained(rule), subject.cases(200)) for rule in ("xor", "first")}
    assert found["xor"].low > 0.75
    assert found["first"].high < 0.35
