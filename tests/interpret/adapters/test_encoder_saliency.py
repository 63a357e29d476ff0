"""Saliency of joint spaces: slices lie behind the channels, attention is followed where there is any."""

import pytest
import torch

from lexiscope.interpret.adapters.encoder_saliency import encoder_attention, swapped_slices
from lexiscope.interpret.adapters.joint import open_joint
from lexiscope.interpret.saliency import saliency
from lexiscope.models.encoder import Encoder, EncoderConfig

_VIT = {"kind": "vit", "channels": 1, "patch": 8, "width": 16, "depth": 2, "heads": 2}


def _encoder(**options):
    towers = {"vit": _VIT, "cnn": {"kind": "cnn", "channels": 1, "stages": (8, 8)}}
    settings = {"tower_of": {"flair": "vit", "t1": "cnn"}, "readout": {"levels": [1]}, **options}
    return Encoder(EncoderConfig(modalities={"flair": 1, "t1": 1}, towers=towers, **settings)).eval()


def test_attention_is_that_of_the_towers_that_have_some():
    images = {"flair": torch.randn(2, 3, 1, 16, 24), "t1": torch.randn(2, 1, 16, 16)}
    (found,) = encoder_attention(_encoder(), images).values()
    assert (found.prefix, found.grid, found.slices) == (1, (2, 3), 3)
    assert [tuple(layer.shape) for layer in found.layers] == [(6, 2, 7, 7)] * 2


def test_slices_change_places_with_channels_and_back():
    encoder, images = _encoder(), {"flair": torch.randn(2, 3, 1, 16, 24), "t1": torch.randn(2, 1, 16, 16)}
    swapped = swapped_slices(encoder, images)
    assert swapped["flair"].shape == (2, 1, 3, 16, 24)
    assert all(torch.equal(x, images[name]) for name, x in swapped_slices(encoder, swapped).items())
    assert swapped["t1"] is images["t1"]


@pytest.mark.slow
def test_a_joint_space_of_slices_shows_where_it_looks(scans, late_reader):
    subject, cases = open_joint(late_reader, scans, "train")
    result = saliency(subject, cases)
    assert {row["input"] for row in result.rows} == set(subject.inputs)
    assert all(row["verdict"] != "not checked" for row in result.rows if row["share"].value)
    assert {image.shape[1:] for image in result.charts[1].images.values()} == {(32, 32)}
