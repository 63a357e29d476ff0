"""`LocalClient`: a language model that runs in this process."""

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from lexiscope.core.errors import LanguageModelError, UsageError
from lexiscope.language.clients.client import Completion, DecodingSettings, Message
from lexiscope.language.clients.settings import ClientSettings

DEFAULT_MODEL = "smollm2"
_LOOP = 16  # tokens that come for the third time: small models say the same again without end


class LocalClient:
    """A causal language model of transformers, loaded when first asked.

    Args:
        model: "smollm2", a local directory, or a hub name.
        allow_download: Whether a hub name may be fetched.
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
        self._turn = threading.Lock()

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Where the weights come from, and for a directory which files lie there.

        Raises:
            WeightsError: no such model.
        """
        from lexiscope.models.weights import resolve

        source = resolve(self._model, allow_download=self._allow_download)
        files = sorted(source.path.iterdir()) if source.path.is_dir() else [source.path]
        states = [(file.name, (state := file.stat()).st_size, state.st_mtime_ns) for file in files]
        return {"door": "local", **source.to_dict(), "files": states, "loop": _LOOP}

    def complete(self, messages: Sequence[Message], settings: DecodingSettings) -> Completion:
        """What the model answers, one request after another.

        Raises:
            WeightsError: no such model.
            DoorError: the messages leave no room for an answer.
        """
        with self._turn:
            return self._complete(messages, settings)

    def _complete(self, messages: Sequence[Message], settings: DecodingSettings) -> Completion:
        import torch

        model, tokenizer, chat = self._loaded
        ids = tokenizer.encode(_written(messages, chat), add_special_tokens=False).ids
        room = int(getattr(model.config, "max_position_embeddings", 1 << 30)) - len(ids)
        if room < 1:
            msg = f"{self.name} takes {room + len(ids)} tokens, got {len(ids)}"
            raise LanguageModelError(f"{msg}; read less (--context caption), or take a model with a longer context")
        drawn: dict[str, Any] = {"do_sample": False}
        if settings.temperature > 0:
            drawn = {"do_sample": True, "temperature": settings.temperature, "top_p": 0.95, "top_k": 0}
        inputs = torch.tensor([ids])
        end = tokenizer.token_to_id(chat.end)
        with torch.random.fork_rng(devices=[]), torch.inference_mode():
            torch.manual_seed(settings.seed)
            said = model.generate(
                inputs,
                attention_mask=torch.ones_like(inputs),
                max_new_tokens=min(settings.max_tokens, room),
                eos_token_id=end,
                pad_token_id=end if end is not None else 0,
                stopping_criteria=[lambda said, _: torch.tensor([_loops(said[0, len(ids) :].tolist())])],
                **drawn,
            )[0, len(ids) :].tolist()
        text = tokenizer.decode(said, skip_special_tokens=True)
        return Completion(text.partition(chat.end)[0].strip(), len(ids), len(said))

    @cached_property
    def _loaded(self) -> tuple[Any, Any, Any]:
        from lexiscope.models.assistant.chat_format import ChatFormat
        from lexiscope.models.assistant.language import load_language

        language = load_language(self._model, allow_download=self._allow_download)
        return language.model, language.tokenizer, ChatFormat.of(language.tokenizer)


def _loops(said: Sequence[int]) -> bool:
    """Whether the last tokens were said twice before. (A penalty on repeated words would keep a model from the words of
    the caption.)
    """
    last = list(said[-_LOOP:])
    before = (list(said[at : at + _LOOP]) == last for at in range(len(said) - _LOOP))
    return len(said) > 2 * _LOOP and sum(before) >= 2


def _written(messages: Sequence[Message], chat: Any) -> str:
    """The messages in the model's own marks. What the system says opens what the user says first."""
    told = "\n\n".join(message.text for message in messages if message.role == "system")
    written = ""
    for message in messages:
        if message.role == "user":
            words = f"{told}\n\n{message.text}" if told else message.text
            written, told = f"{written}{chat.user}{words}{chat.assistant}", ""
        elif message.role == "assistant":
            written += f"{message.text}{chat.end}\n"
    return written
