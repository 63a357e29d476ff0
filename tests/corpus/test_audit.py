"""The audit refuses what lets a model remember the test, and only reports what many groups share by construction."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from lexiscope.core import Passage, Turn
from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.audit import AuditReport, audit_corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.sources import Draft
from lexiscope.testing import DraftSource
from lexiscope.testing.drafts import draft, jpeg, picture, png


@pytest.fixture
def audit(tmp_path: Path):
    def run(*drafts: Draft, **options) -> AuditReport:
        build_corpus(tmp_path / "corpus", DraftSource(drafts))
        return audit_corpus(Corpus.open(tmp_path / "corpus"), **options)

    return run


def says(kind: str, text: str) -> tuple[Passage, ...]:
    return (Passage(kind, text),)


def test_clean_splits_pass(audit) -> None:
    report = audit(draft("a", split="train"), draft("b", split="test"), draft("c"))
    assert report.ok
    assert report.splits == {"test": 1, "train": 1}
    assert report.refused == {}
    assert "bits" in report.rule


def test_shared_group(audit) -> None:
    report = audit(draft("a", group="g", split="train"), draft("b", group="g", split="heldout"))
    assert not report.ok
    assert [(leak.kind, leak.splits, leak.shared) for leak in report.leaks] == [("group", ("heldout", "train"), ("g",))]


def test_shared_file(audit) -> None:
    image = {"sem": png(picture(1))}
    report = audit(draft("a", images=image, split="train"), draft("b", images=image, split="test"))
    assert report.refused == {"image": 1}
    assert "a (train)" in report.leaks[0].detail
    assert "b (test)" in report.leaks[0].detail


def test_near_duplicate_in_another_modality_and_format(audit) -> None:
    report = audit(
        draft("a", images={"sem": png(picture(1))}, split="train"),
        draft("b", images={"light": jpeg(picture(1), quality=40)}, split="val"),
    )
    assert report.refused == {"near_image": 1}


def test_image_of_one_colour_is_reported(audit) -> None:
    black = {"sem": png(np.zeros((32, 32), np.uint8))}
    report = audit(draft("a", images=black, split="train"), draft("b", images=black, split="test"))
    assert report.ok
    assert report.reported["flat_images"] == 1


@pytest.mark.parametrize("kind", ["caption", "alt_text", "report", "finding"])
def test_shared_describing_text(audit, kind: str) -> None:
    report = audit(
        draft("a", texts=says(kind, "Dendrites of the second phase, etched in nital."), split="train"),
        draft("b", texts=says("caption", "dendrites of the  second phase etched in Nital"), split="test"),
    )
    assert report.refused == {"text": 1}
    assert "group-a, group-b" in report.leaks[0].detail


def test_titles_and_questions_are_reported(audit) -> None:
    turns = (Turn("Is there a crack?", "yes"),)
    report = audit(
        draft("a", texts=says("title", "Steel"), turns=turns, split="train"),
        draft("b", texts=says("title", "steel"), turns=turns, split="test"),
    )
    assert report.ok
    assert (report.reported["titles"], report.reported["questions"]) == (1, 1)


def test_text_of_many_groups_is_template(audit) -> None:
    text = says("caption", "Brain MRI slice showing a glioma")
    report = audit(*(draft(f"a{n}", texts=text, split="train" if n else "test") for n in range(3)))
    assert report.ok
    assert report.reported["template_texts"] == 1


def test_text_written_from_a_form_is_template(audit) -> None:
    form = "MRI of a {} with a {} tumour in the {} lobe on the {}"
    words = product(("man", "woman"), ("small", "large"), ("frontal", "temporal", "parietal"), ("left", "right"))
    first, *rest = [form.format(*chosen) for chosen in words]
    others = [draft(f"o{n}", texts=says("report", text), split="train") for n, text in enumerate(rest)]
    same = says("report", first)
    report = audit(*others, draft("a", texts=same, split="train"), draft("b", texts=same, split="test"))
    assert report.ok
    assert report.reported["template_texts"] == 1


def test_numbered_texts_are_no_template(audit) -> None:
    others = [draft(f"o{n}", texts=says("caption", f"Caption number {n} of many"), split="train") for n in range(20)]
    same = says("caption", "Caption number 77 of many")
    report = audit(*others, draft("a", texts=same, split="train"), draft("b", texts=same, split="test"))
    assert report.refused == {"text": 1}


def test_only_the_splits_asked_for_are_compared(audit) -> None:
    drafts = [draft("a", group="g", split="train"), draft("b", group="g", split="val"), draft("c", split="test")]
    assert audit(*drafts, splits=["train", "test"]).ok
    assert not audit(*drafts).ok
    with pytest.raises(UsageError, match=r"'nowhere'.*test, train, val"):
        audit(*drafts, splits=["nowhere"])


def test_cases_without_a_stored_hash_are_compared_too(tmp_path: Path) -> None:
    from dataclasses import replace

    build_corpus(tmp_path / "corpus", DraftSource([draft("a", images={"sem": png(picture(1))}, split="train")]))
    corpus = Corpus.open(tmp_path / "corpus")
    build_corpus(tmp_path / "other", DraftSource([draft("b", images={"sem": jpeg(picture(1))}, split="test")]))
    other = Corpus.open(tmp_path / "other")
    image = other["b"].images["sem"]
    corpus.keep_object(other.object_path(image), content=image.content, image_format=image.format)
    corpus.upsert([replace(other["b"], split="test")])
    assert audit_corpus(corpus).refused == {"near_image": 1}
