"""Writers of captions, by hand: what each says, who is asked next, and that nothing ends in the middle."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from lexiscope.answering.captioning import (
    CANNOT_TELL,
    CaptionPipeline,
    DecoderWriter,
    NearestWriter,
    SeenCases,
    TypicalWriter,
    WrittenCaption,
    compose,
    writers_in_order,
)
from lexiscope.models.assistant.assistant import GeneratedAnswer
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.token_plan import BranchTokens
from lexiscope.models.assistant.tower_assistant import TowerAssistant
from lexiscope.models.attributes import PredictedValue
from lexiscope.models.joint import JointSpace
from lexiscope.testing.models import tiny_joint_space, tiny_views

TOKENS = ImageTokens(
    {"photo": BranchTokens(torch.zeros(2, 3), torch.zeros(2, 4, 5))}, {"photo": torch.ones(2, dtype=torch.bool)}
)
SEEN = SeenCases(TOKENS, np.eye(2, dtype=np.float32), [{"own"}, set()], lambda: TOKENS)


class Silent:
    """Has something to say about the second case alone."""

    name = "decoder"

    def write(self, seen: SeenCases, rows: Sequence[int]) -> list[WrittenCaption | None]:
        return [WrittenCaption("A crack.", self.name, 1.0) if row == 1 else None for row in rows]


def test_the_next_writer_is_asked_where_one_is_silent() -> None:
    written = CaptionPipeline([Silent(), TypicalWriter("A scan.")]).write(SEEN)
    assert [(one.text, one.writer) for one in written] == [("A scan.", "typical"), ("A crack.", "decoder")]


def test_where_nobody_has_anything_the_caption_says_so() -> None:
    written = CaptionPipeline([Silent()]).write(SEEN)
    assert [(one.text, one.abstained) for one in written] == [(CANNOT_TELL, True), ("A crack.", False)]


def test_the_nearest_caption_is_of_another_group() -> None:
    rows = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]], dtype=np.float32)
    writer = NearestWriter(["its own", "another", "far"], rows, ["own", "other", "third"])
    written = writer.write(SEEN, [0, 1])
    assert [None if one is None else one.text for one in written] == ["another", "far"]
    alone = NearestWriter(["its own"], rows[:1], ["own"])
    assert alone.write(SEEN, [0]) == [None]


@pytest.mark.parametrize(
    ("probabilities", "text"),
    [
        ((0.9, 0.7, 0.2), "Side: left; severe atrophy."),
        ((0.5, 0.9, 0.4), "Severe atrophy; side: possibly left; crack: possibly no."),
        ((0.3, 0.3, 0.3), CANNOT_TELL),
    ],
)
def test_a_clause_is_as_sure_as_its_probability(probabilities: tuple[float, ...], text: str) -> None:
    names = (("side", "left"), ("atrophy", "severe atrophy"), ("crack", "no"))
    predicted = [
        PredictedValue(name, value, probability)
        for (name, value), probability in zip(names, probabilities, strict=True)
    ]
    caption = compose(predicted)
    assert caption.text == text
    assert caption.abstained == (text == CANNOT_TELL)
    assert all(clause.predicted.probability >= 1 / 3 for clause in caption.clauses)


def test_no_clause_contradicts_a_surer_one() -> None:
    apart = {frozenset({("lesion", "none"), ("side", "left")})}
    lesion, side = PredictedValue("lesion", "none", 0.5), PredictedValue("side", "left", 0.6)
    assert compose([lesion, side], apart).text == "Side: possibly left."
    assert (
        compose([lesion, PredictedValue("side", "none", 0.6)], apart).text
        == "Side: possibly none; lesion: possibly none."
    )


def test_what_is_decoded_ends_with_a_finished_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    said = [
        GeneratedAnswer("No lesion. No atrophy, ventricles (16.", -1.0, 4, ended=True),
        GeneratedAnswer("no atrophy, ventricles (16.", -1.0, 4, ended=True),
    ]
    joint: JointSpace = tiny_joint_space(tiny_views(modalities=["photo"]))
    monkeypatch.setattr(TowerAssistant, "say", lambda self, tokens, prompts, *, max_tokens: said[: len(prompts)])
    monkeypatch.setattr(TowerAssistant, "device", torch.device("cpu"))
    assistant = TowerAssistant.__new__(TowerAssistant)
    written = DecoderWriter(assistant, joint, max_tokens=8).write(SEEN, [0, 1])
    assert [None if one is None else one.text for one in written] == ["No lesion.", None]
    assert written[0] is not None
    assert written[0].score == pytest.approx(np.exp(-1 / 4))


def test_writers_come_in_the_order_of_their_names() -> None:
    pipeline = writers_in_order(("nearest", "typical", "decoder"), [Silent(), TypicalWriter("A scan.")])
    assert [writer.name for writer in pipeline.writers] == ["typical", "decoder"]
