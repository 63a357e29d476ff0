"""What is read once is what was read before: maps of volumes in slices are those that naive computing gives."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch

from lexiscope.interpret.adapters.encoder_saliency import swapped_slices
from lexiscope.interpret.adapters.read_once import read_once
from lexiscope.interpret.saliency.maps import INTEGRATED, OCCLUSION, maps_of
from lexiscope.interpret.subject import Cases
from lexiscope.models.encoder import Encoder, EncoderConfig

_SHAPE = (1, 4, 8, 12)  # channels, slices, height, width: windows of 2 x 3 x 4
_VIT = {"kind": "vit", "channels": 1, "patch": 4, "width": 8, "depth": 2, "heads": 2}


def _encoder(fusion):
    torch.manual_seed(0)
    towers, of = {"vit": _VIT}, {"flair": "vit", "t1": "vit"}
    mixer = {"width": 8, "depth": 1, "heads": 2} if fusion == "hybrid" else {}
    settings = {"fusion": fusion, "readout": {"levels": [1, 2]}, "head": {"width": 4}, "mixer": mixer}
    return Encoder(EncoderConfig(modalities={"flair": 1, "t1": 1}, towers=towers, tower_of=of, **settings)).eval()


@dataclass
class _Sliced:
    encoder: Encoder
    sliced: frozenset = frozenset({"flair", "t1"})
    read: list = field(default_factory=list)

    def images(self, cases):
        return {name: torch.from_numpy(np.stack([item[name] for item in cases.items])) for name in self.sliced}

    def reading_once(self):
        return read_once(self.encoder.tower(name) for name in self.sliced)

    def score_of(self, cases, images):
        present = {name: torch.from_numpy(cases.present[name]) for name in images}
        ordered = swapped_slices(self.encoder, images)
        return self.encoder.fuse(self.encoder.features(ordered, present), present).sum(dim=1)


def _cases(n=2):
    rng = np.random.default_rng(0)
    items = [{name: rng.normal(size=_SHAPE).astype(np.float32) for name in ("flair", "t1")} for _ in range(n)]
    present = {"flair": np.ones(n, dtype=bool), "t1": np.arange(n) != 1}
    return Cases(items, [f"c{row}" for row in range(n)], [f"g{row}" for row in range(n)], present)


@torch.no_grad()
def _naive_occlusion(subject, cases, images):
    whole = subject.score_of(cases, images)
    maps = {name: torch.zeros(len(cases), *_SHAPE[1:]) for name in images}
    for name, values in images.items():
        for z in range(0, 4, 2):
            for y in range(0, 8, 3):
                for x in range(0, 12, 4):
                    window = (..., slice(z, z + 2), slice(y, y + 3), slice(x, x + 4))
                    covered = values.clone()
                    covered[window] = 0
                    lost = whole - subject.score_of(cases, {**images, name: covered})
                    maps[name][window] = lost.view(-1, 1, 1, 1)
    return maps


def _naive_integral(subject, cases, images):
    nodes, weights = np.polynomial.legendre.leggauss(8)
    maps = {name: torch.zeros_like(x[:, 0]) for name, x in images.items()}
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        scaled = {name: (float(node) * x).requires_grad_() for name, x in images.items()}
        slopes = torch.autograd.grad(subject.score_of(cases, scaled).sum(), list(scaled.values()))
        for name, slope in zip(scaled, slopes, strict=True):
            maps[name] += float(weight) * (slope * images[name])[:, 0]
    return maps


@pytest.mark.parametrize("fusion", ["late", "hybrid", "early"])
def test_maps_are_those_of_naive_computing_and_unchanged_slices_are_read_once(fusion):
    subject, cases = _Sliced(_encoder(fusion)), _cases()
    images = subject.images(cases)
    naive = {OCCLUSION: _naive_occlusion(subject, cases, images), INTEGRATED: _naive_integral(subject, cases, images)}
    tower, read = subject.encoder.tower("flair"), []
    tower.blocks[0].register_forward_hook(lambda _, args, __: read.append(0 if args[0].requires_grad else len(args[0])))
    maps = maps_of(subject, cases)
    for name, by_modality in naive.items():
        for modality, exact in by_modality.items():
            torch.testing.assert_close(maps[name][modality], exact, atol=2e-5, rtol=1e-3, msg=f"{name}, {modality}")
    windows, images_there = 18, 3
    once = images_there * (4 + windows * 2) if fusion != "early" else 2 * (4 + 2 * windows * 2) - windows * 2
    assert sum(read) == once, "whole slices once, and of each window the two slices that it covers"


def test_towers_are_as_before_behind_the_context_and_change_with_their_weights():
    tower, x = _encoder("late").tower("t1"), torch.randn(3, 1, 8, 12)
    with torch.no_grad():
        before = tower(x)
        with read_once([tower]):
            assert all(map(torch.equal, tower(x), before))
            assert all(map(torch.equal, tower(x[[2, 0]]), [level[[2, 0]] for level in before]))
            assert len(tower(x, deepest=1)) == 2
        tower.blocks[0].queries_keys_values.weight.zero_()
        with read_once([tower]):
            assert not torch.equal(tower(x)[1], before[1])
        assert "forward" not in vars(tower)
