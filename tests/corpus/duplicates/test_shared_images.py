"""Images that groups share: by bytes once for each pair, by their hash across modalities, never within a group."""

import pytest

from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.duplicates.shared_images import shared_images
from lexiscope.testing import DraftSource
from lexiscope.testing.drafts import draft, jpeg, picture, png


@pytest.fixture
def pairs(tmp_path):
    def build(*drafts):
        build_corpus(tmp_path / "corpus", DraftSource(drafts))
        return list(shared_images(Corpus.open(tmp_path / "corpus")))

    return build


def test_the_same_file_in_two_groups(pairs):
    (pair,) = pairs(
        draft("a", images={"sem": png(picture(1))}), draft("b", images={"eds": png(picture(1))}, split="test")
    )
    assert (pair.first.case, pair.second.case, pair.bits, pair.flat) == ("a", "b", None, False)
    assert (pair.second.group, pair.second.split, pair.second.modality) == ("group-b", "test", "eds")


def test_a_group_shares_nothing_with_itself(pairs):
    same = {"images": {"sem": png(picture(1))}, "group": "g"}
    assert pairs(draft("a", **same), draft("b", **same), draft("c", images={"sem": jpeg(picture(1))}, group="g")) == []


def test_a_picture_saved_again_is_near(pairs):
    (pair,) = pairs(draft("a", images={"sem": png(picture(1))}), draft("b", images={"sem": jpeg(picture(1))}))
    assert 0 <= pair.bits <= 24


def test_three_groups_are_told_by_the_first(pairs):
    found = pairs(*(draft(name, images={"sem": png(picture(1))}) for name in "abc"))
    assert [(pair.first.case, pair.second.case) for pair in found] == [("a", "b"), ("a", "c")]


def test_flat_images_are_marked(pairs):
    flat = {"images": {"sem": png(picture(1) * 0)}}
    assert [pair.flat for pair in pairs(draft("a", **flat), draft("b", **flat))] == [True]
