"""The cases that tests stand on: reproducible, true captions, modalities missing when asked."""

import numpy as np

from lexiscope.sources.pixels import read_pixels
from lexiscope.testing import make_corpus, make_drafts


def test_the_same_seed_gives_the_same_bytes():
    assert make_drafts(3, seed=1) == make_drafts(3, seed=1)
    assert make_drafts(3, seed=1) != make_drafts(3, seed=2)


def test_planes_show_the_colour_of_their_caption(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 6)
    for case in corpus:
        pixels = read_pixels(corpus.object_path(case.images["photo"])).astype(int)  # (c, y, x)
        brightest = ("red", "green", "blue")[int(np.argmax(pixels.sum(axis=(1, 2))))]
        assert case.attributes["colour"] == brightest
        assert brightest in case.texts[0].text


def test_volumes_show_the_side_of_their_caption(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 6, volumes=True, missing=0.5)
    assert any(len(case.images) < 3 for case in corpus)
    for case in corpus:
        image = next(iter(case.images.values()))
        profile = read_pixels(corpus.object_path(image))[0].mean(axis=(0, 1), dtype=float)
        half = len(profile) // 2
        assert case.attributes["side"] == ("left" if profile[:half].sum() > profile[half:].sum() else "right")


def test_groups_stay_in_one_split(tmp_path):
    splits = {}
    for draft in make_drafts(20):
        splits.setdefault(draft.group, set()).add(draft.split)
    assert all(len(names) == 1 for names in splits.values())
    assert {name for names in splits.values() for name in names} == {"train", "val", "test"}
