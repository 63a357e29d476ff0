"""The method `evolution` on a model whose modalities come to see the same while it trains, and epochs of a real run."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from lexiscope.core.errors import UsageError
from lexiscope.interpret.evolution.epochs import run_epochs, with_weights
from lexiscope.interpret.evolution.evolution import evolution
from lexiscope.interpret.subject import Cases, Coalition, Level, Outcome
from lexiscope.testing.planted_units import PlantedUnits, planted_cases
from lexiscope.training.loop.checkpoint import epoch_path, save_weights


@dataclass
class Growing(PlantedUnits):
    """Noise at first; from epoch to epoch both modalities see more of what they share.

    Args:
        epoch: The epoch that it is at.
        settles: Epoch from which it stays the same.
    """

    epoch: int = 0
    settles: int = 3

    def levels(self, cases: Cases[int]) -> dict[str, list[Level]]:
        made = super().levels(cases)
        shared = torch.stack([torch.randn(1, 6, generator=torch.Generator().manual_seed(row)) for row in cases.items])
        part = min(1.0, self.epoch / self.settles)
        for number, levels in enumerate(made.values()):
            for level in levels:
                level.values.mul_(part)
                level.values.add_(part * shared + (1 - part) * self.other(cases, number))
        return made

    def outcomes(self, cases: Cases[Any], coalitions: Sequence[Coalition]) -> list[Outcome]:
        """From epoch 2 on a score that needs colour, more from epoch to epoch."""
        right = 0.2 * max(0, self.epoch - 1)
        return [Outcome(np.full(len(cases), right * ("colour" in one.kept))) for one in coalitions]

    def other(self, cases: Cases[int], number: int) -> torch.Tensor:
        """Values of the start, of which nothing stays."""
        return torch.stack(
            [
                torch.randn(1, 6, generator=torch.Generator().manual_seed(1000 * (number + 1) + row))
                for row in cases.items
            ]
        )


@contextmanager
def at(epoch: int) -> Iterator[Growing]:
    yield Growing(epoch=epoch)


def grown(n: int = 24, epochs: tuple[int, ...] = (0, 2, 3, 4), **more: Any) -> Any:
    return evolution(Growing(), planted_cases(n), checkpoints={epoch: partial(at, epoch) for epoch in epochs}, **more)


def line(result: Any, measure: str, branch: str) -> list[Any]:
    return [row["value"] for row in result.rows if (row["measure"], row["branch"]) == (measure, branch)]


def test_similarity_grows_and_the_level_settles_when_it_does() -> None:
    result = grown()
    similar = line(result, "CKA", "colour and depth")
    assert similar[0].high < 0.3 < 0.8 < similar[-1].low
    to_end = line(result, "CKA with the end", "colour")
    assert to_end[-1].value == pytest.approx(1)
    assert to_end[0].high < 0.5
    told = " ".join(result.findings)
    assert "CKA of colour and depth at last grows" in told
    (settled,) = [finding for finding in result.findings if "what they became" in finding]
    assert settled.startswith(("From epoch 2 on", "From epoch 3 on"))
    assert "last of colour " in settled


def test_consistency_and_speciality_are_followed_too() -> None:
    result = grown(epochs=(0, 4))
    special = line(result, "speciality", "colour")
    assert len(special) == 2
    assert len(line(result, "consistency", "all modalities")) == 2
    assert {chart.title for chart in result.charts} >= {"What all modalities respond to while training"}
    assert all(len(chart.levels) == 2 for chart in result.charts)


def test_it_is_said_from_when_on_an_input_is_needed() -> None:
    result = grown()
    assert [round(one.value, 1) for one in line(result, "score lost", "without colour")] == [0, 0.2, 0.4, 0.6]
    told = " ".join(result.findings)
    assert "From epoch 2 on, share of squares seen falls without colour: by 0.200 (0.200 to 0.200) then, by" in told
    assert "score of the model with all inputs grows: 0.000 (0.000 to 0.000) after epoch 0" in told
    assert "falls without depth" not in told


def test_epochs_are_spread_evenly_and_hold_the_first_and_the_last() -> None:
    result = grown(8, epochs=tuple(range(11)), most=3)
    assert result.about["epochs"] == [0, 5, 10]
    assert result.sample == "3 of 11 epochs that were kept, evenly spread"


def test_a_run_that_kept_no_epochs_is_told_how_to_keep_them() -> None:
    with pytest.raises(
        UsageError, match="two or more epochs of 'planted units' to look at, got 0; train with --keep-ch"
    ):
        evolution(PlantedUnits(), planted_cases(8))


@dataclass
class Held:
    network: nn.Module
    fingerprint: str = "now"


def test_epochs_of_a_run_are_opened_and_closed_again(tmp_path: Path) -> None:
    module = nn.ModuleDict({"network": nn.Linear(1, 1), "loss": nn.Linear(1, 1)})
    network = module["network"]
    for epoch in range(3):
        nn.init.constant_(network.weight, epoch)
        save_weights(epoch_path(tmp_path, epoch), module, key="k")
    save_weights(epoch_path(tmp_path, 3), module, key="of an earlier run")
    save_weights(tmp_path / "checkpoint.safetensors", module, key="k")
    nn.init.constant_(network.weight, 9)
    subject = Held(network)
    epochs = run_epochs(subject, network, tmp_path, prefix="network.")
    seen, prints = [], []
    for opened in epochs.values():
        with opened() as then:
            seen.append(then.network.weight.item())
            prints.append(then.fingerprint)
    assert list(epochs) == seen == [0, 1, 2]
    assert len({*prints, "now"}) == 4
    assert network.weight.item() == 9
    assert subject.fingerprint == "now"


def test_weights_of_another_network_are_refused() -> None:
    network = nn.Linear(1, 1)
    with (
        pytest.raises(UsageError, match=r"expected weights of Linear, got network\.weight, which it has not; name"),
        with_weights(Held(network), network, {"network.weight": torch.ones(1, 1)}),
    ):
        pass


def test_weights_come_back_after_an_error() -> None:
    network = nn.Linear(1, 1)
    before = network.weight.item()
    with pytest.raises(RuntimeError, match="broken at 1"):
        _break(network)
    assert network.weight.item() == before


def _break(network: nn.Linear) -> None:
    with with_weights(Held(network), network, {"weight": torch.ones(1, 1)}):
        raise RuntimeError(f"broken at {network.weight.item():.0f}")
