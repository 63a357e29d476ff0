"""Answers are read in the form asked for, and asked again with the fault named when they do not fit."""

import pytest

from lexiscope.language.clients.cache import CompletionCache
from lexiscope.language.clients.client import Completion, DecodingSettings, Message
from lexiscope.language.clients.structured import UnreadableError, WrittenConversation, complete_as, parse_as

_GOOD = '{"turns": [{"question": "A crack?", "answer": "Yes", "kind": "defect"}]}'


@pytest.mark.parametrize(
    "said",
    [
        _GOOD,
        f"Sure! Here it is:\n```json\n{_GOOD}\n```\nAnything else?",
        '[{"question": "A crack?", "answer": "Yes"}]',
        "I think {so}. " + _GOOD,
        "Question: A crack?\nAnswer: Yes",
        "1. **Question:** A crack?\n   **Answer:** Yes\n\n2. **Question:** A pore?\n   **Answer:** No",
        "Q: A crack?\nA: Yes\nQ: A pore?\nA: No",
        _GOOD[:-2] + ', {"question": "A po',
    ],
)
def test_forms_that_are_read(said):
    first = parse_as(WrittenConversation, said).turns[0]
    assert first.question.strip("* ") == "A crack?"
    assert first.answer.strip("* ") == "Yes"


def test_all_pairs_are_read():
    said = "Q: A crack?\nA: Yes,\nmany.\n\nQ: A pore?\nA: No"
    assert [(turn.question, turn.answer) for turn in parse_as(WrittenConversation, said).turns] == [
        ("A crack?", "Yes,\nmany."),
        ("A pore?", "No"),
    ]


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("I cannot do that.", "no JSON in 'I cannot do that.'"),
        ('{"turns": []}', "turns: List should have at least 1 item"),
        ('{"turns": [{"question": "A crack?", "answer": " "}]}', "turns.0.answer: String should have at least 1"),
        ('{"turns": [{"question": "A crack?", "answer": "Yes", "kind": "odd"}]}', "turns.0.kind: Input should be"),
        ("[" * 3000, "no JSON in"),
    ],
)
def test_faults_are_named(said, fault):
    with pytest.raises(ValueError, match=fault.replace("(", r"\(")):
        parse_as(WrittenConversation, said)


class Script:
    """Says its lines one after another."""

    name, max_concurrent = "script", 1

    def __init__(self, *lines: str) -> None:
        self.identity = {"model": "script"}
        self.lines, self.heard = list(lines), []

    def complete(self, messages, settings):
        self.heard.append((messages, settings))
        return Completion(self.lines.pop(0))


def test_a_bad_answer_is_asked_again_with_its_fault(tmp_path):
    client = Script("no", _GOOD)
    told = [Message("user", "Write.")]
    found = complete_as(WrittenConversation, client, told, cache=CompletionCache(tmp_path), settings=DecodingSettings())
    assert found.turns[0].answer == "Yes"
    messages, settings = client.heard[1]
    assert [message.role for message in messages] == ["user", "assistant", "user"]
    assert "no JSON in 'no'" in messages[2].text
    assert settings.temperature > 0


def test_tries_are_bounded(tmp_path):
    client = Script("a", "b", "c", _GOOD)
    with pytest.raises(UnreadableError, match="got none in 3 tries, at last: no JSON in 'c'; run again"):
        complete_as(
            WrittenConversation,
            client,
            [Message("user", "Write.")],
            cache=CompletionCache(tmp_path),
            settings=DecodingSettings(),
            tries=3,
        )
