"""A language model's questions: grounded, filtered, never asked twice, never lost, never sent anywhere unnamed."""

import json
import socket

import pytest
import typer
from typer.testing import CliRunner

from lexiscope.cli import write
from lexiscope.core.errors import LanguageModelError, UsageError
from lexiscope.language.clients.cache import FILE, CompletionCache
from lexiscope.language.clients.endpoint import EndpointClient
from lexiscope.language.conversations.by_model import ModelGenerator
from lexiscope.language.conversations.open_generator import open_generator
from lexiscope.language.conversations.rejected_turns import read_rejected_turns
from lexiscope.language.conversations.settings import ConversationSettings
from lexiscope.language.conversations.write import write_conversations
from lexiscope.testing.endpoint import completion, fake_endpoint

_CAPTIONS = ("SEM image of a glass film with round pores.", "Light micrograph of steel without cracks.")


def _turns(*pairs: tuple[str, str]) -> str:
    return json.dumps({"turns": [{"question": question, "answer": answer} for question, answer in pairs]})


def _about(body: dict) -> str:
    return body["messages"][-1]["content"]


def _writes(body: dict) -> bool:
    return "JSON" in body["messages"][0]["content"]


def _pores(body: dict) -> str:
    """The answer, which differs from specimen to specimen."""
    return "Round pores" + _about(body).partition("round pores")[2]


def _reply(number, body):
    if not _writes(body):
        return 200, completion("I cannot know.")
    if "glass" in _about(body):
        return 200, completion(
            _turns(
                ("What does the film contain?", _pores(body)),
                ("Who made it?", "Professor Miller of Ghent."),
                ("What does the caption say?", "Round pores."),
                ("What does the film contain?", "Round pores."),
                ("How hot was it?", "A glass film with round pores at 600 °C."),
            )
        )
    return 200, completion(_turns(("What material is it?", "Steel.")))


def _asking(corpus, url, *, prices=(0.0, 0.0), **options):
    client = EndpointClient("tiny", url=url, pause=0.01, timeout=0.3, tries=2)
    return ModelGenerator(client, cache=CompletionCache(corpus.path, prices=prices), **options)


def test_turns_are_grounded_and_the_rest_is_refused_with_reasons(figures):
    corpus = figures(*_CAPTIONS)
    with fake_endpoint(_reply) as endpoint:
        report = write_conversations(corpus, generator=_asking(corpus, endpoint.url, prices=(1.0, 1.0)))
    (turn,) = corpus["figure-0"].turns
    assert (turn.question, turn.answer, turn.author) == (
        "What does the film contain?",
        "Round pores.",
        "lexiscope-endpoint:tiny",
    )
    span = turn.evidence[0]
    assert corpus["figure-0"].texts[span.passage].text[span.start : span.end] == _CAPTIONS[0]
    assert report.rejected == {
        "not grounded": 1,
        "mentions the caption": 1,
        "duplicate": 1,
        "number that cannot be seen": 1,
    }
    assert {turn.reason for turn in read_rejected_turns(corpus.path)} == set(report.rejected)
    assert report.usage["completions"] == len(endpoint.requests) == 2 + 2
    assert report.usage["cost"] == pytest.approx(4 * 10 / 1e6)


def test_questions_that_the_model_answers_blindly_are_refused(figures):
    corpus = figures(*_CAPTIONS)

    def reply(number, body):
        return _reply(number, body) if _writes(body) else (200, completion("Steel, I guess."))

    with fake_endpoint(reply) as endpoint:
        report = write_conversations(corpus, generator=_asking(corpus, endpoint.url))
    assert not corpus["figure-1"].turns
    assert report.rejected["text-answerable"] == 1


def test_running_again_asks_nothing(figures):
    corpus = figures(*_CAPTIONS)
    with fake_endpoint(_reply) as endpoint:
        first = write_conversations(corpus, generator=_asking(corpus, endpoint.url))
        asked = len(endpoint.requests)
        again = write_conversations(corpus, generator=_asking(corpus, endpoint.url))
    assert len(endpoint.requests) == asked
    assert (again.updated, again.corpus) == (0, first.corpus)
    assert again.usage["completions"] == 0


@pytest.mark.slow
def test_no_row_is_lost_when_the_server_misbehaves(figures):
    captions = [f"SEM image of a glass film with round pores, specimen {letter}." for letter in "abcdefgh"]
    bad = [(429, b""), (500, b"x"), (200, b"garbage"), (200, None), (200, completion("I will not."))]
    corpus = figures(*captions)
    with fake_endpoint(lambda number, body: bad[number % 6] if number % 6 < 5 else _reply(number, body)) as endpoint:
        first = write_conversations(corpus, generator=_asking(corpus, endpoint.url))
    assert first.cases + first.silent + len(first.failed) == 8
    assert first.failed
    listed = {turn.case: turn.detail for turn in read_rejected_turns(corpus.path) if turn.reason == "no answer"}
    assert listed == first.failed
    kept = {case.id: case.turns for case in corpus if case.turns}
    with fake_endpoint(_reply) as endpoint:
        second = write_conversations(corpus, generator=_asking(corpus, endpoint.url))
    assert not second.failed
    assert second.cases == 8
    assert all(corpus[case_id].turns == turns for case_id, turns in kept.items())
    whole = figures(*captions, name="whole")
    with fake_endpoint(_reply) as endpoint:
        assert write_conversations(whole, generator=_asking(whole, endpoint.url)).corpus == second.corpus


def test_a_run_that_was_killed_repeats_no_completion(figures):
    corpus = figures(*(f"SEM image of a glass film with round pores, specimen {letter}." for letter in "abcd"))

    def stop(done: int, total: int | None, what: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with fake_endpoint(_reply) as endpoint:
        with pytest.raises(KeyboardInterrupt):
            write_conversations(corpus, generator=_asking(corpus, endpoint.url), progress=stop)
        write_conversations(corpus, generator=_asking(corpus, endpoint.url))
        asked = [json.dumps(body, sort_keys=True) for body in endpoint.requests]
    in_flight = 4  # what the kill cut off before it was answered is asked again
    assert len(asked) - len(set(asked)) <= in_flight
    assert len(set(asked)) == 4 + 1
    kept = [json.loads(line)["key"] for line in (corpus.path / FILE).read_text().splitlines()]
    assert len(set(kept)) == len(set(asked))
    assert len(kept) - len(set(kept)) <= in_flight  # an answer that came after the kill was kept as well


def test_a_server_that_is_gone_ends_the_run(figures):
    corpus = figures(*_CAPTIONS)
    with pytest.raises(LanguageModelError, match="gave no usable answer in 2 tries"):
        write_conversations(corpus, generator=_asking(corpus, "http://127.0.0.1:1/v1", give_up_after=2))


def test_nothing_leaves_the_machine_unless_an_endpoint_is_named(figures, monkeypatch):
    corpus = figures(*_CAPTIONS)

    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    write_conversations(corpus)
    with pytest.raises(UsageError, match="expected the address of a server"):
        open_generator(corpus, ConversationSettings(generator="endpoint", model="tiny"))


def test_examples_of_the_user_are_shown(figures, tmp_path):
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    (prompts / "examples.yaml").write_text(
        "- told: 'Caption: A cell.'\n  written: {turns: [{question: 'A cell?', answer: 'Yes'}]}\n"
    )
    corpus = figures(*_CAPTIONS)
    with fake_endpoint(_reply) as endpoint:
        write_conversations(corpus, generator=_asking(corpus, endpoint.url, prompts=prompts))
    told = next(body for body in endpoint.requests if _writes(body))["messages"]
    assert [message["role"] for message in told] == ["system", "user", "assistant", "user"]
    assert told[1]["content"] == "Caption: A cell."
    (prompts / "examples.yaml").write_text("- told: x\n")
    with pytest.raises(UsageError, match="expected examples of told and written"):
        _asking(corpus, "http://localhost", prompts=prompts)


def test_the_verb_ends_with_3_when_cases_got_no_answer(figures):
    corpus = figures(*_CAPTIONS)
    app = typer.Typer()
    app.add_typer(write.app, name="write")

    def reply(number, body):
        return (500, b"") if "steel" in json.dumps(body) else _reply(number, body)

    with fake_endpoint(reply, retry_after=0) as endpoint:
        arguments = ["write", "conversations", str(corpus.path), "--with", "endpoint", "--model", "tiny", "--json"]
        done = CliRunner().invoke(app, [*arguments, "--url", endpoint.url])
    assert done.exit_code == 3, done.output
    report = json.loads(done.stdout)
    assert list(report["failed"]) == ["figure-1"]
    assert report["cases"] == 1
