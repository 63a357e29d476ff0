"""A server that is busy, broken, silent or talks nonsense is asked again; one that refuses is not."""

import pytest

from lexiscope.core.errors import LanguageModelError, UsageError
from lexiscope.language.clients.cache import CompletionCache
from lexiscope.language.clients.client import DecodingSettings, Message
from lexiscope.language.clients.endpoint import EndpointClient
from lexiscope.testing.endpoint import completion, fake_endpoint

_ASK = [Message("system", "Be brief."), Message("user", "A crack?")]


def _door(url: str, **options: object) -> EndpointClient:
    return EndpointClient("tiny", url=url, pause=0.01, timeout=0.3, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "bad",
    [
        (429, b"slow down"),
        (500, b"oops"),
        (503, b""),
        (200, b"<html>garbage"),
        (200, b'{"choices": []}'),
        (200, b"[" * 100_000),
        (200, completion("  ")),
        (200, b""),
        (200, None),
    ],
    ids=["429", "500", "503", "garbage", "no choice", "deep", "empty words", "nothing", "hang"],
)
def test_what_goes_wrong_once_is_tried_again(bad):
    with fake_endpoint(lambda number, _: bad if number < 2 else (200, completion("Yes"))) as endpoint:
        answer = _door(endpoint.url).complete(_ASK, DecodingSettings())
    assert (answer.text, answer.prompt_tokens, answer.completion_tokens) == ("Yes", 7, 3)
    assert len(endpoint.requests) == 3
    assert endpoint.requests[0]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "A crack?"},
    ]
    assert endpoint.requests[0]["model"] == "tiny"


def test_it_gives_up_and_says_why():
    with (
        fake_endpoint(lambda *_: (500, b"oops")) as endpoint,
        pytest.raises(
            LanguageModelError, match=r"gave no usable answer in 3 tries, at last: 500 .*oops; see that the server runs"
        ),
    ):
        _door(endpoint.url, tries=3).complete(_ASK, DecodingSettings())
    assert len(endpoint.requests) == 3


def test_a_refusal_is_final():
    with (
        fake_endpoint(lambda *_: (401, b"no key")) as endpoint,
        pytest.raises(LanguageModelError, match=r"401 .*no key; .*--key-env"),
    ):
        _door(endpoint.url).complete(_ASK, DecodingSettings())
    assert len(endpoint.requests) == 1


def test_no_redirect_carries_texts_elsewhere():
    with (
        fake_endpoint(lambda *_: (307, b"")) as endpoint,
        pytest.raises(LanguageModelError, match="refused the request with 307"),
    ):
        _door(endpoint.url).complete(_ASK, DecodingSettings())


def test_no_server_at_all():
    with pytest.raises(LanguageModelError, match="gave no usable answer in 2 tries"):
        _door("http://127.0.0.1:1/v1", tries=2).complete(_ASK, DecodingSettings())


def test_the_key_is_sent_and_kept_out_of_what_is_stored(monkeypatch):
    monkeypatch.setenv("TINY_KEY", "secret")
    with fake_endpoint(lambda *_: (200, completion("Yes"))) as endpoint:
        client = _door(endpoint.url, key_env="TINY_KEY")
        client.complete(_ASK, DecodingSettings())
    assert endpoint.keys == ["Bearer secret"]
    assert "secret" not in str(client.identity)


@pytest.mark.parametrize("url", [None, "", "ftp://host/v1", "localhost:8000", "file:///etc/passwd"])
def test_an_address_must_be_named(url):
    with pytest.raises(UsageError, match="expected the address of a server"):
        EndpointClient("tiny", url=url)


def test_a_key_must_be_there():
    with pytest.raises(UsageError, match="expected a key in the environment variable LEXISCOPE_NO_SUCH_KEY"):
        EndpointClient("tiny", url="http://localhost", key_env="LEXISCOPE_NO_SUCH_KEY")


@pytest.mark.parametrize("url", ["http://h:1", "http://h:1/v1", "http://h:1/v1/", "http://h:1/v1/chat/completions"])
def test_addresses_may_be_written_in_full_or_not(url):
    assert EndpointClient("tiny", url=url).identity["url"] == "http://h:1/v1/chat/completions"


@pytest.mark.parametrize("figure", ["1e400", "-5", "NaN", '"x"', "[]", "true", "null", "12345678901234567890123"])
def test_odd_usage_figures_count_nothing(figure):
    body = f'{{"choices": [{{"message": {{"content": "Yes"}}}}], "usage": {{"prompt_tokens": {figure}}}}}'.encode()
    with fake_endpoint(lambda *_: (200, body)) as endpoint:
        answer = _door(endpoint.url).complete(_ASK, DecodingSettings())
    assert (answer.text, answer.prompt_tokens, answer.completion_tokens) == ("Yes", 0, 0)


def test_halves_of_characters_are_replaced_and_the_answer_is_kept(tmp_path):
    body = rb'{"choices": [{"message": {"content": "a\ud800b \u0000c"}}]}'
    with fake_endpoint(lambda *_: (200, body)) as endpoint:
        cache, client = CompletionCache(tmp_path), _door(endpoint.url)
        assert cache.complete(client, _ASK, DecodingSettings()).text == "a?b c"
        assert CompletionCache(tmp_path).complete(client, _ASK, DecodingSettings()).text == "a?b c"
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("status", [200, 401, 500])
@pytest.mark.parametrize("padding", [0, 60, 290])
def test_a_key_that_a_server_echoes_is_masked(monkeypatch, status, padding):
    monkeypatch.setenv("TINY_KEY", "sk-very-secret-key")
    echo = b"x" * padding + b" your key is Bearer sk-very-secret-key"
    with (
        fake_endpoint(lambda *_: (status, echo)) as endpoint,
        pytest.raises(LanguageModelError) as refused,
    ):
        _door(endpoint.url, key_env="TINY_KEY", tries=2).complete(_ASK, DecodingSettings())
    assert "sk-v" not in str(refused.value)
    assert refused.value.__cause__ is None or "sk-v" not in str(refused.value.__cause__)


def test_a_key_in_an_answer_is_masked(monkeypatch):
    monkeypatch.setenv("TINY_KEY", "sk-very-secret-key")
    with fake_endpoint(lambda *_: (200, completion("I was sent sk-very-secret-key."))) as endpoint:
        answer = _door(endpoint.url, key_env="TINY_KEY").complete(_ASK, DecodingSettings())
    assert answer.text == "I was sent ***."


def test_a_key_with_a_line_end_is_refused_without_showing_it(monkeypatch):
    monkeypatch.setenv("TINY_KEY", "sk-very-secret\n")
    with pytest.raises(UsageError, match="plain characters in the environment variable TINY_KEY") as refused:
        _door("http://127.0.0.1:1", key_env="TINY_KEY")
    assert "sk-v" not in str(refused.value)


@pytest.mark.parametrize("wait", ["nan", "inf", "-1", "-inf"])
def test_an_odd_wait_is_no_wait_without_end(wait):
    replies = [(429, b"slow down"), (200, completion("Yes"))]
    with fake_endpoint(lambda number, _: replies[min(number, 1)], retry_after=float(wait)) as endpoint:
        assert _door(endpoint.url).complete(_ASK, DecodingSettings()).text == "Yes"
