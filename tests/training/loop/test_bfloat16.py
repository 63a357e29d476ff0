"""bfloat16 is refused where it is emulated, by measuring, unless it is forced; the key of a run does not know of it."""

import pytest
import torch

from lexiscope.core.errors import UsageError
from lexiscope.training.loop import bfloat16
from lexiscope.training.loop.bfloat16 import bfloat16_slowdown, require_native_bfloat16
from lexiscope.training.run import _check_precision
from lexiscope.training.settings import LoopSettings


def _slower(monkeypatch: pytest.MonkeyPatch, times: float) -> None:
    monkeypatch.setattr(bfloat16, "bfloat16_slowdown", lambda: times)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)


def test_an_emulation_is_refused_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    _slower(monkeypatch, 60.0)
    with pytest.raises(
        UsageError, match=r"takes 60 times as long as in float32; leave --bf16 out, or pass --force-bf16"
    ):
        _check_precision(LoopSettings(bf16=True))
    _check_precision(LoopSettings(bf16=True, force_bf16=True))
    _check_precision(LoopSettings())
    assert LoopSettings(bf16=True).key() == LoopSettings(bf16=True, force_bf16=True).key()


def test_native_bfloat16_and_accelerators_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    _slower(monkeypatch, 0.5)
    require_native_bfloat16()
    _slower(monkeypatch, 60.0)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    require_native_bfloat16()


def test_a_product_is_measured() -> None:
    assert bfloat16_slowdown() > 0
