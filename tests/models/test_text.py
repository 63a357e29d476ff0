"""Text towers: batching changes nothing, long texts are cut and said so, round trips."""

import logging
import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from lexiscope.core.errors import ModelError
from lexiscope.models.text import TextConfig, TextTower
from lexiscope.testing.models import WORDS, tiny_text_tower


def test_order_and_batches_do_not_change_the_vectors() -> None:
    tower = tiny_text_tower()
    texts = [*WORDS, "lesion", "", "steel grains " * 5]
    with torch.no_grad():
        together = tower.encode(texts)
        alone = torch.cat([tower.encode([text]) for text in texts])
        small = tower.encode(texts, batch_size=2)
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(together, small, atol=1e-5, rtol=1e-4)
    assert tower.encode([]).shape == (0, tower.width)


class Spelled(nn.Module):
    """A text model whose state at each token is (the token's id, 4)."""

    config = SimpleNamespace(pad_token_id=0, hidden_size=2)

    def __init__(self) -> None:
        super().__init__()
        self.anywhere = nn.Parameter(torch.zeros(1))  # what tells the tower its device

    def forward(self, input_ids: torch.Tensor, **_: object) -> SimpleNamespace:
        states = torch.stack([input_ids.float(), torch.full_like(input_ids, 4).float()], dim=-1)
        return SimpleNamespace(last_hidden_state=states, hidden_states=(0 * states, states))


def test_vector_is_the_mean_over_tokens_at_unit_length() -> None:
    tower = tiny_text_tower(["a b"])
    tower.model = Spelled()
    ids = {word: tower.tokenizer.encode(word).ids for word in ("a", "b")}
    assert [(row[0], row[-1], len(row)) for row in ids.values()] == [(1, 2, 3)] * 2  # [CLS] word [SEP]
    vectors = tower.encode(["a", "a b a b a b"])  # in one batch, so the first is padded
    mean = (1 + ids["a"][1] + 2) / 3
    assert vectors[0].tolist() == pytest.approx([mean / math.hypot(mean, 4), 4 / math.hypot(mean, 4)])
    assert vectors.norm(dim=1).tolist() == pytest.approx([1.0, 1.0])


def test_states_come_without_their_padding() -> None:
    tower = tiny_text_tower(["a b"])
    tower.model = Spelled()
    short, long = tower.token_states(["a", "a b a b"])
    assert short[:, 0].tolist() == tower.tokenizer.encode("a").ids
    assert long[:, 0].tolist() == tower.tokenizer.encode("a b a b").ids


def test_levels_lie_side_by_side() -> None:
    tower = tiny_text_tower()
    both = TextTower(TextConfig(**{**tower.config.to_dict(), "levels": (0, -1)}), tower.tokenizer).eval()
    both.load_state_dict(tower.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(both.encode(WORDS)[:, tower.width :], tower.encode(WORDS))
        assert torch.equal(both.at_last_level().encode(WORDS), tower.encode(WORDS))


def test_long_texts_are_cut_and_the_log_says_so(caplog) -> None:
    tower = tiny_text_tower()
    with caplog.at_level(logging.INFO), torch.no_grad():
        tower.encode(["grains of steel " * 40, "steel"])
    assert "1 of 2 texts are longer than 32 tokens and were cut" in caplog.text


def test_round_trip(tmp_path) -> None:
    tower = tiny_text_tower()
    tower.save_pretrained(tmp_path)
    loaded = TextTower.from_pretrained(tmp_path)
    with torch.no_grad():
        assert torch.equal(tower.encode(WORDS), loaded.encode(WORDS))


def test_errors() -> None:
    tower = tiny_text_tower()
    tower.tokenizer = None
    with pytest.raises(ModelError, match="no tokenizer; load it from a saved directory"):
        tower.encode(["x"])


@pytest.mark.weights
def test_sentence_vectors_know_meaning(installed) -> None:
    tower = TextTower.load(installed("sentence-transformers/all-MiniLM-L6-v2"))
    assert (tower.width, tower.config.max_tokens) == (384, 256)
    texts = ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
    with torch.no_grad():
        vectors = tower.encode(texts)
    # The model's own page gives 0.695, 0.943 and 0.257 for these sentences.
    expected = torch.tensor([0.695, 0.943, 0.257])
    torch.testing.assert_close(vectors[1:] @ vectors[0], expected, atol=2e-3, rtol=0)
