"""Near-duplicate images: the same picture re-encoded, resized or with other brightness, found by perceptual hash.

The hash is a 256-bit DCT hash (Zauner 2010, "Implementation and benchmarking of perceptual image hash functions"): the
signs of the lowest frequencies of a 32 x 32 copy against their median. It does not change with gain and offset, and
hardly with the file format and the size.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Int64, Num, UInt8
from PIL import Image as Picture

HASH_BYTES = 32
FLAT = b""  # the "hash" of an image without structure: it is near to nothing
# Bits of 256. On 1,181 textbook figures, re-encoding (JPEG quality 30), halving and gain stay within 24 bits for 95 to
# 99 % of the images; two different figures come no nearer than 28, and those are one drawing with other labels.
NEAR = 24

_SIDE = 32
_KEPT = 16
_FLAT_BELOW = 0.008  # two grey levels of 255
_BANDS = 16


def perceptual_hash(pixels: Num[np.ndarray, "..."]) -> bytes:
    """Hash an image by its look: 32 bytes, or `FLAT` for an image of one colour.

    A volume is hashed by the mean of its slices in the middle third, so that one scan has one hash.

    Args:
        pixels: (c, y, x) or (c, z, y, x), as `sources.pixels.read_pixels` gives them.

    Example:
        >>> squares = np.kron(np.random.default_rng(0).random((1, 8, 8)), np.ones((1, 8, 8)))
        >>> len(perceptual_hash(squares))
        32
        >>> perceptual_hash(np.zeros((1, 64, 64)))
        b''
    """
    small = _thumbnail(pixels)  # (32, 32)
    if small.std() <= _FLAT_BELOW * np.abs(small).max():
        return FLAT
    waves = _COSINES @ small @ _COSINES.T  # (16, 16), low frequencies first
    waves[0, 0] = 0.0  # the mean is brightness, not look
    return np.packbits(waves > np.median(waves)).tobytes()


def near_pairs(hashes: Sequence[bytes], *, within: int = NEAR) -> Iterator[tuple[int, int, int]]:
    """Pairs of images whose hashes differ in at most `within` bits, as (first, second, bits), each pair once.

    Only pairs that agree in one of sixteen 16-bit bands are compared. That finds every pair that differs in fewer than
    16 bits, and 99 % of those that differ in 24. Flat images are near to nothing.

    Args:
        hashes: `perceptual_hash` of each image.

    Example:
        >>> list(near_pairs([bytes(32), bytes([7]) + bytes(31), bytes([255]) * 32]))
        [(0, 1, 3)]
    """
    kept = [place for place, value in enumerate(hashes) if len(value) == HASH_BYTES]
    if len(kept) < 2:
        return
    places = np.array(kept)
    bits = np.frombuffer(b"".join(hashes[place] for place in kept), dtype=np.uint8).reshape(-1, HASH_BYTES)
    seen: set[tuple[int, int]] = set()
    for first, second in _candidates(bits):
        words = bits.view(np.uint64)
        apart = np.bitwise_count(words[first] ^ words[second]).sum(axis=1)
        for at in np.flatnonzero(apart <= within):
            pair = (int(places[first[at]]), int(places[second[at]]))
            if pair not in seen:
                seen.add(pair)
                yield (*pair, int(apart[at]))


def _candidates(bits: UInt8[np.ndarray, "n 32"]) -> Iterator[tuple[Int64[np.ndarray, " p"], Int64[np.ndarray, " p"]]]:
    """Pairs of rows that agree in a band, smaller row first; a pair may come once for every band."""
    bands = bits.view(np.uint16)  # (n, 16)
    for band in range(_BANDS):
        order = np.argsort(bands[:, band])
        values = bands[order, band]
        for offset in range(1, len(order)):  # equal values are neighbours: first those next to each other, then one on
            agree = np.flatnonzero(values[offset:] == values[:-offset])
            if not len(agree):
                break
            first, second = order[agree], order[agree + offset]
            yield np.minimum(first, second), np.maximum(first, second)


def _thumbnail(pixels: np.ndarray) -> np.ndarray:
    if pixels.ndim == 4:
        depth = pixels.shape[1]
        third = depth // 3
        pixels = pixels[:, third : depth - third].mean(axis=1, dtype=np.float32)
    if pixels.dtype == np.uint8 and len(pixels) == 3:
        picture = Picture.fromarray(np.ascontiguousarray(np.moveaxis(pixels, 0, -1)))  # Pillow shrinks bytes fastest
        return np.asarray(_shrink(picture), dtype=np.float32).mean(axis=-1)
    planes = [np.asarray(_shrink(Picture.fromarray(_finite(channel))), dtype=np.float32) for channel in pixels]
    return np.mean(planes, axis=0)


def _shrink(picture: Picture.Image) -> Picture.Image:
    return picture.resize((_SIDE, _SIDE), Picture.Resampling.BOX)


def _finite(plane: np.ndarray) -> np.ndarray:
    if plane.dtype == np.uint8:
        return np.ascontiguousarray(plane)
    return np.nan_to_num(plane.astype(np.float32), posinf=0.0, neginf=0.0)


def _cosines() -> np.ndarray:
    wave, place = np.arange(_KEPT)[:, None], np.arange(_SIDE)[None, :]
    return np.cos(np.pi * wave * (2 * place + 1) / (2 * _SIDE)).astype(np.float32)


_COSINES = _cosines()
