"""Every objective of every table keeps the contract of its table."""

import pytest
import torch

from lexiscope.core.catalog import Catalog
from lexiscope.testing.objectives import check_objective
from lexiscope.training.objectives import IMAGE_OBJECTIVES, LABEL_OBJECTIVES, OBJECTIVES, TEXT_OBJECTIVES, clip

TABLES = (OBJECTIVES, IMAGE_OBJECTIVES, TEXT_OBJECTIVES, LABEL_OBJECTIVES)


@pytest.mark.parametrize(("catalog", "name"), [(catalog, name) for catalog in TABLES for name in catalog])
def test_it_keeps_the_contract(catalog: Catalog, name: str) -> None:
    check_objective(catalog, name)


class Careless(clip.Clip):
    """Pushes the texts of the same group apart."""

    def __init__(self) -> None:
        super().__init__(spare_group=False)


class Leaking(clip.Clip):
    """Learns from its chance level."""

    def forward(self, pairs):
        return {name: loss._replace(chance=loss.value) for name, loss in super().forward(pairs).items()}


@pytest.mark.parametrize(
    ("objective", "broken"), [(Careless, "a text of the same group is pushed"), (Leaking, "a gradient flows from")]
)
def test_who_breaks_it_is_found_out(objective: type[torch.nn.Module], broken: str) -> None:
    catalog = Catalog(OBJECTIVES.kind, {"broken": f"{__name__}:{objective.__name__}"})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Catalog, "load", lambda self, name: objective)
        with pytest.raises(AssertionError, match=broken):
            check_objective(catalog, "broken")
