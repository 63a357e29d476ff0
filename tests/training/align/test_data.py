"""Pairs of images and texts: which cases can be learned from, and which passage is drawn."""

from lexiscope.core import Case, Image, Passage, Provenance
from lexiscope.training.align.data import find_pairs


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
