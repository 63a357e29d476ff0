"""The hash finds a picture again after re-encoding, resizing and brightening, and keeps different pictures apart."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Picture

from lexiscope.corpus.duplicates.perceptual_hash import FLAT, HASH_BYTES, NEAR, near_pairs, perceptual_hash
from lexiscope.testing.drafts import picture


def apart(one: np.ndarray, two: np.ndarray) -> int:
    first, second = (int.from_bytes(perceptual_hash(pixels[None]), "big") for pixels in (one, two))
    return (first ^ second).bit_count()


def recoded(pixels: np.ndarray) -> np.ndarray:
    stream = io.BytesIO()
    Picture.fromarray(pixels).save(stream, "JPEG", quality=40)
    return np.asarray(Picture.open(stream))


def resized(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(Picture.fromarray(pixels).resize((97, 131), Picture.Resampling.BICUBIC))


@pytest.mark.parametrize(
    "edit",
    [
        recoded,
        resized,
        lambda p: (p * 0.6 + 40).astype(np.uint8),
        lambda p: p.astype(np.uint16) * 200,
        lambda p: p / 7.0,
    ],
    ids=["recoded", "resized", "brightness", "16 bits", "float"],
)
def test_edited_picture_is_near(edit) -> None:
    for seed in range(20):
        original = picture(seed, 120)
        assert apart(original, edit(original)) <= NEAR


def test_different_pictures_are_far() -> None:
    hashes = [perceptual_hash(picture(seed)[None]) for seed in range(300)]
    assert all(len(value) == HASH_BYTES for value in hashes)
    assert list(near_pairs(hashes, within=60)) == []


@pytest.mark.parametrize(
    "pixels", [np.zeros((1, 9, 9)), np.full((3, 40, 40), 255, np.uint8), np.full((1, 5, 8, 8), -7.0)]
)
def test_image_of_one_colour_is_near_to_nothing(pixels: np.ndarray) -> None:
    assert perceptual_hash(pixels) == FLAT
    assert list(near_pairs([FLAT, FLAT, FLAT])) == []


def test_near_pairs_are_those_of_a_full_comparison() -> None:
    rng = np.random.default_rng(0)
    hashes = [rng.bytes(HASH_BYTES) for _ in range(400)]
    for place in range(0, 100, 2):  # every second one is a neighbour with at most 15 bits changed
        bits = int.from_bytes(hashes[place], "big")
        for bit in rng.choice(256, rng.integers(0, 16), replace=False):
            bits ^= 1 << int(bit)
        hashes[place + 1] = bits.to_bytes(HASH_BYTES, "big")
    numbers = [int.from_bytes(value, "big") for value in hashes]
    expected = {
        (i, j, (numbers[i] ^ numbers[j]).bit_count())
        for i in range(400)
        for j in range(i + 1, 400)
        if (numbers[i] ^ numbers[j]).bit_count() < 16
    }
    assert set(near_pairs(hashes, within=15)) == expected
    assert len(expected) == 50


def test_volumes_have_a_hash() -> None:
    volume = np.stack([picture(1, 32)] * 6)[None]
    louder = volume.astype(np.float32) * 3 + 10
    assert perceptual_hash(volume) == perceptual_hash(louder)
    assert len(perceptual_hash(np.full((1, 2, 4, 4), np.nan))) in (0, HASH_BYTES)


@pytest.mark.shared
def test_textbook_figures_are_told_apart(shared: Path) -> None:
    files = sorted((shared / "openstax_figures" / "images").glob("ap_*.jpg"))[:150]
    pixels = [np.asarray(Picture.open(file).convert("L")) for file in files]
    assert list(near_pairs([perceptual_hash(p[None]) for p in pixels])) == []
    assert sum(apart(p, resized(p)) <= NEAR for p in pixels) >= 0.9 * len(pixels)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1000),
    changed=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(0, 40)), max_size=6),
    flat=st.sets(st.integers(0, 11), max_size=2),
    within=st.integers(0, 60),
)
def test_pairs_are_true_each_once_and_none_nearer_than_a_band_is_missed(seed, changed, flat, within) -> None:
    """Against comparing all: what is found is right; pairs that differ in fewer than 16 bits are all found."""
    rng = np.random.default_rng(seed)
    hashes = [rng.bytes(HASH_BYTES) for _ in range(12)]
    for place, other, bits in changed:
        number = int.from_bytes(hashes[place], "big")
        for bit in rng.choice(256, bits, replace=False):
            number ^= 1 << int(bit)
        hashes[other] = number.to_bytes(HASH_BYTES, "big")
    for place in flat:
        hashes[place] = FLAT
    numbers = {place: int.from_bytes(value, "big") for place, value in enumerate(hashes) if value != FLAT}
    everything = {
        (one, two, (numbers[one] ^ numbers[two]).bit_count()) for one in numbers for two in numbers if one < two
    }
    found = list(near_pairs(hashes, within=within))
    assert len(found) == len(set(found))
    assert set(found) <= {pair for pair in everything if pair[2] <= within}
    assert set(found) >= {pair for pair in everything if pair[2] <= min(within, 15)}
