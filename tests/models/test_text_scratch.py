"""Text towers from scratch: the same for the same texts and seed, and no sign is unknown to their tokenizer."""

import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.text_scratch import text_from_scratch, train_tokenizer
from lexiscope.testing.models import WORDS


def test_tokenizer_is_the_same_for_the_same_texts() -> None:
    assert len({train_tokenizer(WORDS, vocabulary=320).to_str() for _ in range(5)}) == 1
    assert train_tokenizer(WORDS).decode(train_tokenizer(WORDS).encode("1 μm Grain").ids) == " 1 μm grain"


def test_no_sign_is_unknown() -> None:
    tokenizer = train_tokenizer(WORDS, vocabulary=300)
    assert (
        tokenizer.decode(tokenizer.encode("Zr\u2082 \u7d44").ids) == " zr2 \u7d44"
    )  # NFKC writes the index as a digit


def test_long_texts_are_cut() -> None:
    assert len(train_tokenizer(WORDS, vocabulary=300, max_tokens=8).encode("grains of steel " * 9).ids) == 8


def test_frequent_words_become_one_token() -> None:
    tokenizer = train_tokenizer(["a lesion here", "one lesion there", "no lesion"], vocabulary=290)
    assert tokenizer.encode("lesion").tokens == ["[CLS]", "\u0120lesion", "[SEP]"]


def test_weights_follow_from_the_seed() -> None:
    sizes = {"vocabulary": 300, "width": 12, "depth": 1, "heads": 2}
    first, again, other = (text_from_scratch(WORDS, seed=seed, **sizes) for seed in (1, 1, 2))
    with torch.no_grad():
        assert torch.equal(first.encode(WORDS), again.encode(WORDS))
        assert not torch.allclose(first.encode(WORDS), other.encode(WORDS))
    assert not first.training


@pytest.mark.parametrize("texts", [[], ["", " "]])
def test_texts_without_words_are_refused(texts: list[str]) -> None:
    with pytest.raises(ModelError, match="needs texts with words, got none"):
        text_from_scratch(texts)
