"""Chat formats: ChatML where the tokenizer knows it, else plain words with the closing mark that it has."""

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from lexiscope.models.assistant.chat_format import ChatFormat


def tokenizer(*special: str) -> Tokenizer:
    made = Tokenizer(WordLevel({"word": 0}, unk_token="word"))
    made.add_special_tokens(list(special))
    return made


def test_chatml_where_its_marks_are_known() -> None:
    chat = ChatFormat.of(tokenizer("<|im_start|>", "<|im_end|>", "</s>"))
    assert chat == ChatFormat("<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n", "<|im_end|>")


@pytest.mark.parametrize("end", ["</s>", "<|endoftext|>", "<|end_of_text|>", "[SEP]"])
def test_plain_words_end_with_the_mark_that_the_tokenizer_has(end: str) -> None:
    assert ChatFormat.of(tokenizer(end)) == ChatFormat("Question: ", "\nAnswer: ", end)


def test_without_any_mark_an_answer_ends_with_its_line() -> None:
    assert ChatFormat.of(tokenizer()).end == "\n"
