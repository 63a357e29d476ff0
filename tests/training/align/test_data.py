"""Pairs of images and texts: which cases can be learned from, and which passage is drawn."""

from pathlib import Path

import pytest

from lexiscope.core import Case, Image, Passage, Provenance
from lexiscope.corpus.part import CorpusPart
from lexiscope.testing import make_corpus
from lexiscope.testing.models import tiny_views
from lexiscope.training.align.data import AlignData, find_pairs


def case(name: str, *texts: Passage, image: bool = True) -> Case:
    images = {"sem": Image("a" * 64, "sem", "png", (4, 4))} if image else {}
    return Case(name, f"group-{name[0]}", Provenance("test"), images=images, texts=texts)


CAPTION, TITLE = Passage("caption", "a disc"), Passage("title", "discs", column="heading")


def test_only_cases_with_an_image_and_an_asked_passage_count() -> None:
    cases = [case("a1", CAPTION, TITLE), case("a2", TITLE), case("b1", CAPTION, image=False), case("b2")]
    assert [c.id for c in find_pairs(cases, modalities=["sem"], columns=None).cases] == ["a1", "a2"]
    assert find_pairs(cases, modalities=["sem"], columns=["heading"]).texts == (("discs",), ("discs",))
    assert find_pairs(cases, modalities=["sem"], columns=["caption"]).texts == (("a disc",),)
    assert len(find_pairs(cases, modalities=["mri"], columns=None)) == 0


def test_groups_are_numbered_alike() -> None:
    cases = [case("a1", CAPTION), case("b1", CAPTION), case("a2", CAPTION)]
    assert find_pairs(cases, modalities=["sem"], columns=None).groups.tolist() == [0, 1, 0]


def test_every_passage_is_drawn_in_some_epoch_and_the_draw_depends_on_nothing_else() -> None:
    examples = find_pairs([case("a1", CAPTION, TITLE)], modalities=["sem"], columns=None)
    drawn = [examples.drawn(seed=0, epoch=epoch).item() for epoch in range(20)]
    assert set(drawn) == {0, 1}
    assert drawn == [examples.drawn(seed=0, epoch=epoch).item() for epoch in range(20)]


@pytest.mark.parametrize(("text", "flip"), [("a disc", True), ("a disc on the left", False)])
def test_images_are_mirrored_where_no_word_tells_left_from_right(text: str, flip: bool, tmp_path: Path) -> None:
    pairs = find_pairs([case("a1", Passage("caption", text))], modalities=["sem"], columns=None)
    part = CorpusPart.to_learn_from(make_corpus(tmp_path / "corpus", 2))
    data = AlignData(part, pairs, pairs, tiny_views(), ())
    assert {view.augmentation.flip for view in data.varied_views.values()} == {flip}
    assert {view.augmentation.flip for view in data.views.values()} == {False}  # what is saved with the model
