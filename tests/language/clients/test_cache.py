"""Nothing is asked twice, and a crash costs at most what it cut short."""

import pytest

from lexiscope.core.errors import LanguageModelError
from lexiscope.language.clients.cache import FILE, CompletionCache
from lexiscope.language.clients.client import Completion, DecodingSettings, Message


class Parrot:
    name, max_concurrent = "parrot", 1

    def __init__(self) -> None:
        self.identity = {"model": "parrot"}
        self.asked = 0

    def complete(self, messages, settings):
        self.asked += 1
        if messages[-1].text == "fail":
            raise LanguageModelError("no")
        return Completion(f"{messages[-1].text}\n{settings.seed}", 5, 2)


def _say(text):
    return [Message("user", text)]


def test_the_same_again_comes_from_the_disk(tmp_path):
    client = Parrot()
    first = CompletionCache(tmp_path, prices=(1.0, 10.0))
    assert first.complete(client, _say("a"), DecodingSettings()).text == "a\n0"
    assert first.complete(client, _say("a"), DecodingSettings()).text == "a\n0"
    assert first.complete(client, _say("a"), DecodingSettings(seed=1)).text == "a\n1"
    later = CompletionCache(tmp_path)
    assert later.complete(client, _say("a"), DecodingSettings(seed=1)).text == "a\n1"
    assert client.asked == 2
    assert first.usage.to_dict() == {
        "completions": 2,
        "kept": 1,
        "prompt_tokens": 10,
        "completion_tokens": 4,
        "cost": 0.00005,
    }
    assert later.usage.kept == 1


def test_another_model_is_asked_anew(tmp_path):
    client, other = Parrot(), Parrot()
    other.identity = {"model": "other"}
    kept = CompletionCache(tmp_path)
    kept.complete(client, _say("a"), DecodingSettings())
    kept.complete(other, _say("a"), DecodingSettings())
    assert (client.asked, other.asked) == (1, 1)


def test_failures_are_not_kept(tmp_path):
    client, kept = Parrot(), CompletionCache(tmp_path)
    for _ in range(2):
        with pytest.raises(LanguageModelError):
            kept.complete(client, _say("fail"), DecodingSettings())
    assert client.asked == 2
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_line_that_was_cut_short_is_asked_again(tmp_path, cut):
    client = Parrot()
    kept = CompletionCache(tmp_path)
    for text in "ab":
        kept.complete(client, _say(text), DecodingSettings())
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole[:-cut])
    again = CompletionCache(tmp_path)
    assert [again.complete(client, _say(text), DecodingSettings()).text for text in "abc"] == ["a\n0", "b\n0", "c\n0"]
    assert client.asked == (3 if cut == 1 else 4)  # without its line break alone, a line is still whole
    assert [CompletionCache(tmp_path).complete(client, _say(text), DecodingSettings()).text for text in "abc"] == [
        "a\n0",
        "b\n0",
        "c\n0",
    ]
    assert client.asked == (3 if cut == 1 else 4)


def test_what_was_kept_before_the_client_had_its_name_is_still_found(tmp_path):
    key = "143e6f85d75dc931153df00d2ca0f657a1792e9b6a5ec64d3e59a3af2c027c92"
    (tmp_path / FILE).write_text(f'{{"key": "{key}", "text": "Yes", "prompt_tokens": 5, "completion_tokens": 2}}\n')
    client, messages = Parrot(), [Message("system", "Be brief."), Message("user", "A crack?")]
    client.identity = {"door": "endpoint", "url": "http://h:1/v1/chat/completions", "model": "tiny"}
    assert CompletionCache(tmp_path).complete(client, messages, DecodingSettings(seed=3)).text == "Yes"
    assert client.asked == 0
