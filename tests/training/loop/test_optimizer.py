"""AdamW's groups: towers at their own rate, decay for matrices alone, nothing that is frozen."""

from torch import nn

from lexiscope.training.loop.optimizer import adamw


def test_every_weight_that_trains_has_its_rate_and_its_decay() -> None:
    module = nn.ModuleDict({"tower": nn.Linear(3, 4), "head": nn.Linear(4, 2), "frozen": nn.Linear(2, 2)})
    module["frozen"].requires_grad_(False)
    optimizer = adamw(module, towers=[module["tower"]], lr=1e-3, tower_lr=1e-5, weight_decay=0.1)
    settings = {
        id(weight): (group["lr"], group["weight_decay"])
        for group in optimizer.param_groups
        for weight in group["params"]
    }
    assert settings == {
        id(module["tower"].weight): (1e-5, 0.1),
        id(module["tower"].bias): (1e-5, 0.0),
        id(module["head"].weight): (1e-3, 0.1),
        id(module["head"].bias): (1e-3, 0.0),
    }


def test_further_parts_have_rates_of_their_own() -> None:
    module = nn.ModuleDict({"tower": nn.Linear(3, 4), "head": nn.Linear(4, 2), "calm": nn.Linear(2, 2)})
    optimizer = adamw(
        module, towers=[module["tower"]], lr=1e-3, tower_lr=1e-5, weight_decay=0.1, others=[(module["calm"], 1e-4)]
    )
    rates = {id(weight): group["lr"] for group in optimizer.param_groups for weight in group["params"]}
    expected = {"tower": 1e-5, "head": 1e-3, "calm": 1e-4}
    assert rates == {id(weight): rate for name, rate in expected.items() for weight in module[name].parameters()}
