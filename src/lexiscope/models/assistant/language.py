"""`LanguageModel`: a causal language model by name or from scratch, with its tokenizer."""

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from lexiscope.core.errors import WeightsError
from lexiscope.core.extras import need
from lexiscope.core.files import sha256_file, sha256_json
from lexiscope.core.strict_json import read_object
from lexiscope.models.hub_layout import load_hub_layout
from lexiscope.models.loading import quiet
from lexiscope.models.network_settings import network_settings
from lexiscope.models.offline import offline
from lexiscope.models.text import load_tokenizer, save_tokenizer
from lexiscope.models.text_scratch import train_tokenizer
from lexiscope.models.weights import WeightsSource, resolve

SCRATCH = "tiny"  # the name of a language model from scratch
_READ = (".json", ".safetensors", ".jinja")
_UNLIMITED = 1 << 20  # tokens; nothing is ever cut silently, see `Assistant`


@dataclass(frozen=True)
class LanguageModel:
    """Causal language model with its tokenizer.

    Args:
        model: Model of transformers, in eval mode and float32.
        tokenizer: Fast tokenizer that cuts nothing.
        origin: Origin and licence of the weights (`WeightsSource.to_dict()`); None for a model from scratch.
    """

    model: Any
    tokenizer: Tokenizer
    origin: dict[str, str] | None = field(default=None)


def load_language(name: str, *, allow_download: bool = False) -> LanguageModel:
    """A pretrained causal language model: "smollm2", a local directory, or a hub name.

    A GGUF file is unpacked once into the user's cache folder, which may be deleted at any time.

    Raises:
        WeightsError: not found, no causal language model, or no fast tokenizer beside it.
    """
    source = resolve(name, allow_download=allow_download)
    if source.path.is_dir() and "vision_config" in read_object(source.path / "config.json"):
        raise WeightsError(f"expected a language model, got {name!r}, which looks at pictures itself; --start from it")
    folder = _unpacked(source.path) if source.layout == "gguf" else source.path
    return LanguageModel(_load(folder, source), read_tokenizer(folder, source), source.to_dict())


def language_fingerprint(name: str, *, allow_download: bool = False) -> str:
    """SHA-256 over the files of a pretrained language model: what decides it, wherever it lies.

    Raises:
        WeightsError: not found.
    """
    path = resolve(name, allow_download=allow_download).path
    files = [path] if path.is_file() else sorted(file for file in path.iterdir() if file.suffix in _READ)
    return sha256_json({file.name: sha256_file(file) for file in files})


def language_from_scratch(
    texts: Iterable[str],
    *,
    vocabulary: int = 4096,
    width: int = 192,
    depth: int = 4,
    heads: int = 4,
    dropout: float = 0.1,
    max_tokens: int = 1024,
    seed: int = 0,
) -> LanguageModel:
    """A small Llama with random weights and a tokenizer trained on `texts`.

    Args:
        texts: Texts that the tokenizer is trained on.
        vocabulary: Most entries of the tokenizer.
        width: Channels of every layer; a multiple of `heads`.
        depth: Number of layers.
        heads: Attention heads of each layer.
        dropout: Share of attention weights dropped in training.
        max_tokens: Longest sequence, image tokens included.
        seed: Seed of the weights.

    Raises:
        ModelError: no texts.
    """
    from transformers import LlamaConfig

    tokenizer = train_tokenizer(texts, vocabulary=vocabulary)
    tokenizer.no_truncation()
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=depth,
        num_attention_heads=heads,
        attention_dropout=dropout,
        max_position_embeddings=max_tokens,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.token_to_id("[CLS]"),
        eos_token_id=tokenizer.token_to_id("[SEP]"),
        pad_token_id=tokenizer.token_to_id("[PAD]"),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LanguageModel(rebuild_language(config.to_dict()), tokenizer)


def rebuild_language(settings: dict[str, Any]) -> Any:
    """A causal language model from its settings (`config.to_dict()`), with random weights, in eval mode.

    Raises:
        WeightsError: this version of transformers has no such model.
    """
    from transformers import AutoConfig, AutoModelForCausalLM

    try:
        config = AutoConfig.for_model(**network_settings(settings))
        with offline():
            return AutoModelForCausalLM.from_config(config, trust_remote_code=False).float().eval()
    except (KeyError, ValueError) as error:
        msg = f"expected a causal language model, got {settings.get('model_type')!r}: {error}"
        raise WeightsError(f"{msg}; name one such as 'smollm2'") from error


def read_tokenizer(folder: Path, source: WeightsSource) -> Tokenizer:
    """The fast tokenizer beside a language model; it cuts nothing.

    Raises:
        WeightsError: there is none.
    """
    if not (folder / "tokenizer.json").is_file():
        msg = f"expected tokenizer.json beside the language model {source.name!r} at {source.path}, found none"
        raise WeightsError(f"{msg}; save the fast tokenizer there: tokenizer.save_pretrained(...)")
    tokenizer = load_tokenizer(folder, max_tokens=_UNLIMITED)
    tokenizer.no_truncation()
    return tokenizer


def _load(folder: Path, source: WeightsSource) -> Any:
    from transformers import AutoModelForCausalLM

    return load_hub_layout(AutoModelForCausalLM, folder, what=f"a causal language model {source.name!r}")


def _unpacked(file: Path) -> Path:
    """The hub layout of a GGUF file, in bfloat16, made once; transformers needs half a minute to read the original."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lexiscope"
    folder = home / f"{file.stem}-{sha256_file(file)[:16]}"
    if folder.is_dir():
        return folder
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as scratch:
        part = Path(scratch) / "model"
        _unpack(file, part)
        with suppress(OSError):  # another process was faster, and made the same
            part.rename(folder)
    return folder


def _unpack(file: Path, folder: Path) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    need("gguf", extra="weights")
    where = {"gguf_file": file.name, "local_files_only": True}
    with quiet():
        packed = AutoModelForCausalLM.from_pretrained(file.parent, **where)
        tokenizer = AutoTokenizer.from_pretrained(file.parent, **where)
    settings = {name: value for name, value in packed.config.to_dict().items() if name != "quantization_config"}
    # transformers refuses to save a model that it read from GGUF, so the weights move into a fresh one.
    plain = AutoModelForCausalLM.from_config(AutoConfig.for_model(**settings))
    plain.load_state_dict(packed.state_dict())
    with quiet():
        plain.to(torch.bfloat16).save_pretrained(folder)
    save_tokenizer(tokenizer.backend_tokenizer, folder)
