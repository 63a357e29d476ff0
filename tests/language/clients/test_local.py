"""A language model in this process: the same words for the same seed, and a clear word when there is no room."""

import socket

import pytest

from lexiscope.core.errors import LanguageModelError, WeightsError
from lexiscope.language.clients.client import DecodingSettings, Message
from lexiscope.language.clients.local import LocalClient

_ASK = [Message("system", "Be brief."), Message("user", "crack?"), Message("assistant", "Yes."), Message("user", "No?")]


def test_it_answers_the_same_for_the_same_seed_and_opens_no_socket(tiny_language_model, monkeypatch):
    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    client = LocalClient(str(tiny_language_model))
    drawn = [
        client.complete(_ASK, DecodingSettings(temperature=1.0, max_tokens=8, seed=seed)) for seed in (1, 1, 2, 3, 4)
    ]
    assert drawn[0] == drawn[1]
    assert len({completion.text for completion in drawn}) > 1
    assert 0 < drawn[0].completion_tokens <= 8
    assert drawn[0].prompt_tokens > 8
    assert client.name == f"local:{tiny_language_model.name}"


def test_no_room_for_an_answer(tiny_language_model):
    with pytest.raises(LanguageModelError, match=r"takes 64 tokens, got \d+; read less"):
        LocalClient(str(tiny_language_model)).complete([Message("user", "crack? " * 80)], DecodingSettings())


def test_other_weights_are_another_model(tiny_language_model):
    before = LocalClient(str(tiny_language_model)).identity
    assert before == LocalClient(str(tiny_language_model)).identity
    (tiny_language_model / "model.safetensors").touch()
    assert before != LocalClient(str(tiny_language_model)).identity


def test_a_model_that_is_not_there():
    with pytest.raises(WeightsError, match="weights 'smolm2' not found"):
        _ = LocalClient("smolm2").identity


@pytest.mark.slow
@pytest.mark.weights
def test_smollm2_writes_questions_that_can_be_read(figures):
    from lexiscope.language.conversations.settings import ConversationSettings
    from lexiscope.language.conversations.write import write_conversations

    corpus = figures("SEM image of a glass film with round pores and a crack in the middle.")
    report = write_conversations(corpus, ConversationSettings(generator="local"))
    assert report.usage["completions"] > 0
    assert report.turns + sum(report.rejected.values()) + len(report.failed) > 0
