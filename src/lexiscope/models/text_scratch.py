"""`text_from_scratch`: a small text tower with a tokenizer trained on the corpus."""

from collections.abc import Iterable

import torch
from tokenizers import Tokenizer

from lexiscope.core.errors import ModelError
from lexiscope.models.text import TextConfig, TextTower

_START, _END = "[CLS]", "[SEP]"
_SPECIAL = ("[PAD]", _START, _END, "[MASK]")


def train_tokenizer(texts: Iterable[str], *, vocabulary: int = 8192, max_tokens: int = 256) -> Tokenizer:
    """A byte-pair tokenizer (https://arxiv.org/abs/1508.07909) of the words in `texts`, lower case.

    It works on bytes, so no sign is unknown to it, and the same texts always give the same tokenizer (WordPiece's
    trainer does not promise that).

    Args:
        texts: Texts to learn from.
        vocabulary: Most entries of the tokenizer; single bytes and special tokens always have theirs.
        max_tokens: Longer texts are cut here.

    Raises:
        ModelError: no texts.

    Example:
        >>> tokenizer = train_tokenizer(["no lesion", "a lesion"], vocabulary=270)
        >>> tokenizer.encode("No").tokens
        ['[CLS]', 'Ġno', '[SEP]']
    """
    from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(_SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    if tokenizer.get_vocab_size() <= len(_SPECIAL) + len(pre_tokenizers.ByteLevel.alphabet()):
        raise ModelError("a tokenizer needs texts with words, got none; build the corpus with text columns")
    frame = [(name, tokenizer.token_to_id(name)) for name in (_START, _END)]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{_START} $A {_END}", special_tokens=frame)
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def text_from_scratch(
    texts: Iterable[str],
    *,
    vocabulary: int = 8192,
    width: int = 192,
    depth: int = 4,
    heads: int = 3,
    max_tokens: int = 256,
    seed: int = 0,
) -> TextTower:
    """A small BERT with random weights and a tokenizer trained on `texts`.

    Args:
        texts: Texts that the tokenizer is trained on.
        vocabulary: Most entries of the tokenizer.
        width: Channels of every layer; a multiple of `heads`.
        depth: Number of layers.
        heads: Attention heads of each layer.
        max_tokens: Longer texts are cut here.
        seed: Seed of the weights.

    Raises:
        ModelError: no texts.

    Example:
        >>> tower = text_from_scratch(["a lesion"], vocabulary=270, width=6, depth=1, heads=1)
        >>> tower.encode(["no lesion", "a lesion"]).shape
        torch.Size([2, 6])
    """
    from transformers import BertConfig

    tokenizer = train_tokenizer(texts, vocabulary=vocabulary, max_tokens=max_tokens)
    model = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=width,
        num_hidden_layers=depth,
        num_attention_heads=heads,
        intermediate_size=4 * width,
        max_position_embeddings=max_tokens,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return TextTower(TextConfig(model=model.to_dict(), max_tokens=max_tokens), tokenizer).eval()
