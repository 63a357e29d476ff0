"""Tokenizers of published models: `framed_words` of CLIP's kind, `padded_words` of SigLIP's, which read the padding."""

import string
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, normalizers, processors

from lexiscope.core.errors import WeightsError
from lexiscope.models.published.settings_file import read_settings
from lexiscope.models.text import load_tokenizer

_SETTINGS = "tokenizer_config.json"
_PUNCTUATION = Regex("[" + "".join(f"\\{sign}" for sign in string.punctuation) + "]")


@dataclass(frozen=True)
class PaddedWords:
    """Tokenizer that closes each text with the token of its end.

    Args:
        tokenizer: The tokenizer, cutting at the longest text.
        pad_token: Token that shorter texts are filled up with.
    """

    tokenizer: Tokenizer
    pad_token: int


def framed_words(folder: Path, *, max_tokens: int) -> Tokenizer:
    """The tokenizer beside a CLIP, which puts each text between the tokens of its start and its end.

    Raises:
        ModelError: there is no fast tokenizer.
        WeightsError: its file adds no such tokens, and its settings do not name them.
    """
    tokenizer = load_tokenizer(folder, max_tokens=max_tokens)
    if tokenizer.num_special_tokens_to_add(False):
        return tokenizer
    settings = _settings(folder)
    start, end = (_token(tokenizer, settings, name, folder) for name in ("bos_token", "eos_token"))
    _frame(tokenizer, f"{tokenizer.id_to_token(start)} $A {tokenizer.id_to_token(end)}", (start, end))
    return tokenizer


def padded_words(folder: Path, *, max_tokens: int) -> PaddedWords:
    """The tokenizer beside a SigLIP.

    Texts are lowered, as all of its kind were trained on; those of the first SigLIP lose their punctuation, too. The
    files of a fast tokenizer leave this to the code of transformers.

    Raises:
        ModelError: there is no fast tokenizer.
        WeightsError: its settings do not name the tokens of the end and of padding.
    """
    tokenizer = load_tokenizer(folder, max_tokens=max_tokens)
    settings = _settings(folder)
    end, padding = (_token(tokenizer, settings, name, folder) for name in ("eos_token", "pad_token"))
    of_siglip_1 = settings.get("tokenizer_class") in ("SiglipTokenizer", "SiglipTokenizerFast")
    first: list[normalizers.Normalizer] = [normalizers.Lowercase()]
    if of_siglip_1:
        spaces = normalizers.Replace(Regex(r"\s+"), " ")
        first += [normalizers.Replace(_PUNCTUATION, ""), spaces, normalizers.Strip()]
    own = [] if tokenizer.normalizer is None else [tokenizer.normalizer]
    tokenizer.normalizer = normalizers.Sequence([*first, *own])
    _frame(tokenizer, f"$A {tokenizer.id_to_token(end)}", (end,))
    return PaddedWords(tokenizer, padding)


def _frame(tokenizer: Tokenizer, template: str, tokens: Sequence[int]) -> None:
    special = [(tokenizer.id_to_token(number), number) for number in tokens]
    tokenizer.post_processor = processors.TemplateProcessing(single=template, special_tokens=special)


def _settings(folder: Path) -> dict[str, Any]:
    return read_settings(folder / _SETTINGS) if (folder / _SETTINGS).is_file() else {}


def _token(tokenizer: Tokenizer, settings: dict[str, Any], name: str, folder: Path) -> int:
    given = settings.get(name)
    word = given.get("content") if isinstance(given, dict) else given
    number = tokenizer.token_to_id(word) if isinstance(word, str) else None
    if number is None:
        msg = f"expected {name}, a word of the tokenizer, in {folder / _SETTINGS}, got {given!r}"
        raise WeightsError(f"{msg}; save the tokenizer there with save_pretrained()")
    return int(number)
