"""`LocalClient`: a language model that runs in this process."""

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from lexiscope.core.errors import LanguageModelError, UsageError
from lexiscope.language.clients.client import Completion, DecodingSettings, Message
from lexiscope.language.clients.repetition import LENGTH, goes_in_circles
from lexiscope.language.clients.settings import ClientSettings

DEFAULT_MODEL = "smollm2"


class LocalClient:
    """Causal language model of transformers, loaded by the first request.

    Args:
        model: Name of packaged weights such as "smollm2", a local directory, or a hub name.
        allow_download: Permission to fetch a hub name that is not on this machine yet.
    """

    max_concurrent = 1

    @classmethod
    def open(cls, settings: ClientSettings) -> "LocalClient":
        """Client of the model that the settings name.

        Raises:
            UsageError: settings that belong to a server.
        """
        if settings.url or settings.key_env:
            raise UsageError("--url and --key-env belong to --with endpoint; leave them out for a model that runs here")
        return cls(settings.model or DEFAULT_MODEL, allow_download=settings.allow_download)

    def __init__(self, model: str = DEFAULT_MODEL, *, allow_download: bool = False) -> None:
        self.name = f"local:{Path(model).name}"
        self._model = model
        self._allow_download = allow_download
        self._lock = threading.Lock()

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Origin of the weights, and for a directory the files in it; the key "door" is part of older caches.

        Raises:
            WeightsError: no such model.
        """
        from lexiscope.models.weights import resolve

        source = resolve(self._model, allow_download=self._allow_download)
        files = sorted(source.path.iterdir()) if source.path.is_dir() else [source.path]
        states = [(file.name, (state := file.stat()).st_size, state.st_mtime_ns) for file in files]
        return {"door": "local", **source.to_dict(), "files": states, "loop": LENGTH}

    def complete(self, messages: Sequence[Message], settings: DecodingSettings) -> Completion:
        """Answer of the model, one request after another.

        Raises:
            WeightsError: no such model.
            LanguageModelError: the messages leave no room for an answer.
        """
        with self._lock:
            return self._complete(messages, settings)

    def _complete(self, messages: Sequence[Message], settings: DecodingSettings) -> Completion:
        import torch

        model, tokenizer, chat = self._loaded
        ids = tokenizer.encode(_rendered(messages, chat), add_special_tokens=False).ids
        room = int(getattr(model.config, "max_position_embeddings", 1 << 30)) - len(ids)
        if room < 1:
            msg = f"{self.name} takes {room + len(ids)} tokens, got {len(ids)}"
            raise LanguageModelError(f"{msg}; read less (--context caption), or take a model with a longer context")
        sampling: dict[str, Any] = {"do_sample": False}
        if settings.temperature > 0:
            sampling = {"do_sample": True, "temperature": settings.temperature, "top_p": 0.95, "top_k": 0}
        inputs = torch.tensor([ids])
        end = tokenizer.token_to_id(chat.end)
        with torch.random.fork_rng(devices=[]), torch.inference_mode():
            torch.manual_seed(settings.seed)
            tokens = model.generate(
                inputs,
                attention_mask=torch.ones_like(inputs),
                max_new_tokens=min(settings.max_tokens, room),
                eos_token_id=end,
                pad_token_id=end if end is not None else 0,
                stopping_criteria=[lambda so_far, _: torch.tensor([goes_in_circles(so_far[0, len(ids) :].tolist())])],
                **sampling,
            )[0, len(ids) :].tolist()
        text = tokenizer.decode(tokens, skip_special_tokens=True)
        return Completion(text.partition(chat.end)[0].strip(), len(ids), len(tokens))

    @cached_property
    def _loaded(self) -> tuple[Any, Any, Any]:
        from lexiscope.models.assistant.chat_format import ChatFormat
        from lexiscope.models.assistant.language import load_language

        language = load_language(self._model, allow_download=self._allow_download)
        return language.model, language.tokenizer, ChatFormat.of(language.tokenizer)


def _rendered(messages: Sequence[Message], chat: Any) -> str:
    """Messages in the model's own chat format; what the system says opens the first message of the user."""
    system = "\n\n".join(message.text for message in messages if message.role == "system")
    rendered = ""
    for message in messages:
        if message.role == "user":
            words = f"{system}\n\n{message.text}" if system else message.text
            rendered, system = f"{rendered}{chat.user}{words}{chat.assistant}", ""
        elif message.role == "assistant":
            rendered += f"{message.text}{chat.end}\n"
    return rendered
