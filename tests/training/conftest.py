"""A small corpus of coloured shapes, and a small text tower with random weights."""

import pytest
import torch

from lexiscope.corpus import Corpus
from lexiscope.testing import make_corpus

WORDS = ["A", "red", "green", "blue", "yellow", "disc", "square", "cross", "specimen", ",", "."]


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Sixty coloured shapes of one modality, "photo", with captions that are true."""
    return make_corpus(tmp_path_factory.mktemp("shapes") / "corpus", 60)


@pytest.fixture(scope="session")
def small_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A BERT of two small layers, in the layout of the hub."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("text")
    vocabulary = {word: number for number, word in enumerate(["[PAD]", "[UNK]", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    config = BertConfig(vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
                        intermediate_size=64, max_position_embeddings=64, hidden_dropout_prob=0.0,
                        attention_probs_dropout_prob=0.0)  # fmt: skip
    BertModel(config).save_pretrained(folder)
    return str(folder)
