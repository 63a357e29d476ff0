"""The evidential loss against torch's own Dirichlet distribution, and what it asks for."""

import pytest
import torch
from torch.distributions import Dirichlet, kl_divergence

from lexiscope.models.evidential_loss import divergence_from_ignorance, evidential_loss


@pytest.mark.parametrize("classes", [2, 5])
def test_the_divergence_is_that_of_torch(classes):
    alpha = 1 + 20 * torch.rand(8, classes, generator=torch.Generator().manual_seed(0)).double()
    flat = Dirichlet(torch.ones(8, classes, dtype=torch.float64))
    torch.testing.assert_close(divergence_from_ignorance(alpha), kl_divergence(Dirichlet(alpha), flat))


def test_the_fit_is_the_expected_cross_entropy():
    alpha, label = torch.tensor([[3.0, 1.5, 1.0]]).double(), torch.tensor([0])
    torch.manual_seed(0)
    drawn = -Dirichlet(alpha[0]).sample((200_000,)).log()[:, 0].mean()
    assert evidential_loss(alpha, label, annealing=0.0).item() == pytest.approx(drawn.item(), abs=0.01)


def test_only_evidence_for_the_wrong_class_has_a_price():
    right, wrong = torch.tensor([[9.0, 1.0]]), torch.tensor([[1.0, 9.0]])
    label = torch.tensor([0])
    price = {
        name: (evidential_loss(alpha, label) - evidential_loss(alpha, label, annealing=0.0)).item()
        for name, alpha in (("right", right), ("wrong", wrong))
    }
    assert price["right"] == 0
    assert price["wrong"] == pytest.approx(divergence_from_ignorance(wrong).item())
