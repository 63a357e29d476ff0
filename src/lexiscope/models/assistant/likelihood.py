"""Log-likelihood of answers under a causal language model, after prefixes that are vectors: image tokens and words."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional

from lexiscope.core.errors import ModelError

_TOKENS_AT_ONCE = 1024  # padding included
IGNORED = -100  # cross entropy leaves these labels out


def answer_log_likelihoods(
    language: Any, prefixes: Sequence[Float[Tensor, "n d"]], answers: Sequence[Sequence[int]]
) -> Float[Tensor, " b"]:
    """Log-likelihood of each answer after its prefix; gradients flow.

    Args:
        language: A causal language model of transformers.
        prefixes: Vectors of everything before each answer.
        answers: Token ids of each answer, the end token included.

    Raises:
        ModelError: a row longer than the language model reads.
    """
    lengths = [len(prefix) + len(ids) for prefix, ids in zip(prefixes, answers, strict=True)]
    likelihoods: list[Tensor] = [prefix.new_zeros(()) for prefix in prefixes]
    for rows in batches_of_like_length(lengths):
        sums = _likelihoods(language, [prefixes[row] for row in rows], [answers[row] for row in rows])
        for row, likelihood in zip(rows, sums.unbind(), strict=True):
            likelihoods[row] = likelihood
    return torch.stack(likelihoods)


def several_log_likelihoods(
    language: Any, prompt: Mapping[str, Tensor], answers: Sequence[Sequence[int]]
) -> list[float]:
    """Log-likelihood of each of several answers after one prompt, which is read once.

    Args:
        language: A causal language model of transformers.
        prompt: Inputs of one row of everything before the answers: vectors or ids, the former first.
        answers: Token ids of each answer, the end token included; at least one.

    Raises:
        ModelError: prompt and longest answer are longer than the language model reads.
    """
    longest = max(map(len, answers))
    first = next(iter(prompt.values()))  # (1, n) or (1, n, d)
    require_room(language, first.shape[1] + longest)
    read = language(**prompt, use_cache=True, logits_to_keep=1)
    ids = torch.full((len(answers), longest), IGNORED, device=first.device)
    for row, answer in enumerate(answers):
        ids[row, : len(answer)] = id_tensor(answer, first.device)
    logits = read.logits.expand(len(answers), -1, -1)  # (k, 1, v)
    if longest > 1:
        read.past_key_values.batch_repeat_interleave(len(answers))
        words = ids[:, :-1].clamp(min=0)  # nothing looks back at padding
        more = language(input_ids=words, past_key_values=read.past_key_values, use_cache=True)
        logits = torch.cat([logits, more.logits], dim=1)  # (k, n, v)
    return [-float(loss) for loss in negative_log_likelihood(logits, ids)]


def pad_rows(
    rows: Sequence[Float[Tensor, "n d"]], *, left: bool
) -> tuple[Float[Tensor, "b n d"], Int64[Tensor, "b n"]]:
    """Rows of different lengths as one tensor, and which places are no padding.

    Args:
        left: Pad in front of each row, as generation needs, or behind it.

    Example:
        >>> padded, mask = pad_rows([torch.ones(1, 2), torch.ones(3, 2)], left=True)
        >>> padded[0].tolist(), mask.tolist()
        ([[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]], [[0, 0, 1], [1, 1, 1]])
    """
    longest = max(map(len, rows))
    padded = rows[0].new_zeros(len(rows), longest, rows[0].shape[-1])
    mask = torch.zeros(len(rows), longest, dtype=torch.int64, device=padded.device)
    for index, row in enumerate(rows):
        part = slice(longest - len(row), longest) if left else slice(0, len(row))
        padded[index, part], mask[index, part] = row, 1
    return padded, mask


def batches_of_like_length(lengths: Sequence[int], *, tokens: int = _TOKENS_AT_ONCE) -> list[list[int]]:
    """Indices of rows that go through the language model together, of like length, so that little of it is padding.

    Args:
        lengths: Tokens of each row.
        tokens: Most tokens of a batch, padding included; a longer row goes alone.

    Example:
        >>> batches_of_like_length([5, 1, 3, 3], tokens=8)
        [[1, 2], [3], [0]]
    """
    batches: list[list[int]] = [[]]
    for row in sorted(range(len(lengths)), key=lambda row: lengths[row]):
        if batches[-1] and (len(batches[-1]) + 1) * lengths[row] > tokens:
            batches.append([])
        batches[-1].append(row)
    return batches


def context_length(language: Any) -> int:
    """Most tokens that a language model reads and writes.

    Example:
        >>> from types import SimpleNamespace
        >>> context_length(SimpleNamespace(config=SimpleNamespace(max_position_embeddings=64)))
        64
    """
    config = language.config
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    length: int = text.max_position_embeddings
    return length


def require_room(language: Any, tokens: int) -> None:
    """Refuse more tokens than a language model reads.

    Raises:
        ModelError: they are more; nothing is ever cut, so image tokens are never lost.
    """
    limit = context_length(language)
    if tokens > limit:
        msg = f"expected at most {limit} tokens of image, question and answer together, got {tokens}"
        raise ModelError(f"{msg}; shorten the text, or read fewer places of the image (side, slices)")


def id_tensor(ids: Sequence[int], device: torch.device) -> Int64[Tensor, " n"]:
    """Token ids as a tensor.

    Example:
        >>> id_tensor([3, 1], torch.device("cpu"))
        tensor([3, 1])
    """
    return torch.tensor(ids, dtype=torch.int64, device=device)


def _likelihoods(
    language: Any, prefixes: Sequence[Float[Tensor, "n d"]], answers: Sequence[Sequence[int]]
) -> Float[Tensor, " b"]:
    device, embed = prefixes[0].device, language.get_input_embeddings()
    rows = [torch.cat([prefix, embed(id_tensor(ids, device))]) for prefix, ids in zip(prefixes, answers, strict=True)]
    require_room(language, max(map(len, rows)))
    x, mask = pad_rows(rows, left=False)
    labels = torch.full(mask.shape, IGNORED, device=device)
    for row, (prefix, ids) in enumerate(zip(prefixes, answers, strict=True)):
        labels[row, len(prefix) : len(prefix) + len(ids)] = id_tensor(ids, device)
    first = min(len(prefix) for prefix in prefixes)  # no logits are needed before the earliest answer
    kept = x.shape[1] - first + 1
    out = language(inputs_embeds=x, attention_mask=mask, logits_to_keep=kept, use_cache=False)
    return -negative_log_likelihood(out.logits[:, :-1], labels[:, first:])  # each place predicts the next token


def negative_log_likelihood(logits: Float[Tensor, "b n v"], labels: Int64[Tensor, "b n"]) -> Float[Tensor, " b"]:
    """Sum over the places of a row of the loss of its labels; those below zero are left out."""
    losses = functional.cross_entropy(
        logits.float().transpose(1, 2), labels, ignore_index=IGNORED, reduction="none"
    )  # (b, n)
    return losses.sum(dim=1)
