"""The model card: every part with its weights and licences, rewritten by every save, and never broken by a value."""

from pathlib import Path

import pytest

from lexiscope.core.markdown import escape
from lexiscope.models.card import CardSection, model_card
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.models import tiny_views
from lexiscope.testing.parts import ORIGIN, RUN, tiny_content

OTHER = {**ORIGIN, "name": "words-1", "licence": "MIT"}


def card_of(model: ModelDirectory) -> str:
    return (model.path / "README.md").read_text(encoding="utf-8")


def section_of(card: str, folder: str) -> str:
    """The lines from a part's heading to the next one."""
    return card.split(f"(`{folder}/`)\n")[1].split("\n## ")[0]


def rows_of(text: str) -> list[list[str]]:
    """The cells of every table row, as a Markdown reader splits them: at bars that no backslash stands before."""
    bare = text.replace("\\|", "\0")
    return [line.strip("| ").split(" | ") for line in bare.splitlines() if line.startswith("|")]


@pytest.fixture
def whole(tmp_path: Path) -> ModelDirectory:
    """A model with all of its parts, saved one after the other."""
    model = ModelDirectory(tmp_path / "model")
    model.save("image", tiny_content("image"), record=RUN | {"verb": "train pretrain image"})
    model.save("text", tiny_content("text"), record=RUN | {"weights": [OTHER], "corpus": "def456"})
    model.save("joint", tiny_content("joint"), record=RUN)
    assistant = tiny_content("assistant")
    assistant.assistant.config.weights = [{**OTHER, "name": "smol", "licence": "unknown"}]
    model.save("assistant", assistant, record=RUN | {"seed": 11, "joint": model.fingerprint})
    return model


def test_every_part_names_its_weights_and_licences(whole: ModelDirectory) -> None:
    card = card_of(whole)
    licences = {"image": "CC-BY-4.0", "text": "MIT", "joint": "CC-BY-4.0", "assistant": "unknown"}
    for folder, licence in licences.items():
        assert licence in {row[-1] for row in rows_of(section_of(card, folder))}, folder
    assert "Licences of the pretrained weights inside: CC-BY-4.0; MIT; unknown." in card
    assert "smol (assistant)" in section_of(card, "assistant")


def test_every_part_says_what_made_it_and_what_it_reads(whole: ModelDirectory) -> None:
    card = card_of(whole)
    assert "made by: train pretrain image" in section_of(card, "image")
    assert "corpus version: def456" in section_of(card, "text")
    assert "seed: 11" in section_of(card, "assistant")
    assert "recall@10: 0.5432" in section_of(card, "joint")
    assert ["flair", "planar", "3 x 32 x 32"] in rows_of(section_of(card, "joint"))
    assert "Reads flair, t1 through the image encoder of the joint space" in section_of(card, "assistant")
    assert "adapter of rank 2" in section_of(card, "assistant")
    assert "classifier of 3 answers" in section_of(card, "assistant")
    assert "re-ranker of evidence" in section_of(card, "assistant")


@pytest.mark.parametrize("name", ["image", "text", "joint"])
def test_every_save_rewrites_a_stale_card(whole: ModelDirectory, name: str) -> None:
    (whole.path / "README.md").write_text("stale")
    whole.save(name, tiny_content(name), record=RUN | {"corpus": "fresh789"})
    assert "stale" not in card_of(whole)
    assert "corpus version: fresh789" in section_of(card_of(whole), name)
    assert all(f"(`{other}/`)" in card_of(whole) for other in whole.parts())


def test_an_assistant_of_an_earlier_joint_space_is_named(whole: ModelDirectory) -> None:
    space = tiny_content("joint")
    space.space.logit_scale.data += 1
    whole.save("joint", space, record=RUN)
    assert "earlier joint part. Make it again with lexiscope train instruct" in section_of(card_of(whole), "assistant")


def test_a_damaged_part_does_not_keep_others_from_being_saved(whole: ModelDirectory) -> None:
    (whole.path / "joint" / "record.json").write_text("{")
    whole.save("text", tiny_content("text"), record=RUN)
    assert "This part is damaged" in section_of(card_of(whole), "joint")
    assert "lexiscope train align CORPUS --out" in section_of(card_of(whole), "joint")
    assert "corpus version: abc123" in section_of(card_of(whole), "text")


def test_values_cannot_break_a_table() -> None:
    origin = {"name": "a|b", "origin": "lab\n| forged | row |", "place": "`x`", "licence": "<b>free</b>"}
    card = model_card([CardSection("Tower | one", "image", "It sees.", weights=[origin], views=tiny_views())])
    header, _, row, *_ = rows_of(card)
    assert header == ["weights", "trained by", "found in", "licence"]
    assert len(row) == len(header)
    assert row[0] == "a\0b"
    assert "\\<b>" in row[3]
    assert "\\`x\\`" in row[2]


def test_values_in_lists_stay_on_their_line() -> None:
    section = CardSection(
        "T", "text", "s", record={"verb": "train\n# Heading", "metrics": {"a\n- b": "c\n- d", "n": 2}}
    )
    card = model_card([section])
    assert "- made by: train # Heading" in card
    assert "- a - b: c - d" in card
    assert "- n: 2" in card
    assert escape("plain-text_1 (v2.0)") == "plain-text_1 (v2.0)"


def test_without_pretrained_weights_the_card_says_so() -> None:
    card = model_card([CardSection("Text tower", "text", "Pretrained on texts alone.")])
    assert "not for diagnosis" in card
    assert "none, all of it was trained from scratch" in card
    assert "trained from scratch on the corpus below" in card
    assert "corpus version: not recorded" in card
    assert "Nothing yet; run `lexiscope evaluate`" in card
