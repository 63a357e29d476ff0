"""Settings of aligning: what trains, what is computed once, and where heads start, follows from a few of them."""

import pytest

from lexiscope.training.align.config import AlignConfig


@pytest.mark.parametrize(
    ("settings", "trains_towers", "keeps_features", "starts_solved"),
    [
        ({}, False, True, True),
        ({"unfreeze": True}, True, False, True),  # pretrained towers train on from solved heads
        ({"open_blocks": 2}, True, False, True),
        ({"image": "cnn"}, True, False, False),  # from scratch: it knows nothing that a solution could use
        ({"text": "bert"}, True, False, False),
        ({"image": "cnn", "unfreeze": False}, False, True, True),
        ({"fusion": "early"}, False, False, False),
        ({"fusion": "hybrid"}, False, False, False),
        ({"fusion": "late"}, False, True, True),
        ({"start": "random"}, False, True, False),
        ({"head": {"kind": "mlp"}}, False, True, False),
        ({"text_head": {"kind": "mlp"}}, False, True, False),
        ({"head": {"members": 4}}, False, True, False),
    ],
)
def test_what_trains_and_where_heads_start(
    settings: dict, trains_towers: bool, keeps_features: bool, starts_solved: bool
) -> None:
    config = AlignConfig(**settings)
    assert (config.trains_towers, config.keeps_features, config.starts_solved) == (
        trains_towers,
        keeps_features,
        starts_solved,
    )
    assert config.head_lr == (2e-5 if starts_solved else 1e-3)  # large steps would undo a solved start
    assert AlignConfig(**settings, lr=0.5).head_lr == 0.5
