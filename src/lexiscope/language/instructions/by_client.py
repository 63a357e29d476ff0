"""`Joined`: instructions by a language model, which joins what was measured in each image into prose."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from lexiscope.corpus.store import Corpus
from lexiscope.language.clients.cache import CompletionCache
from lexiscope.language.clients.client import DecodingSettings, LanguageClient, Message
from lexiscope.language.clients.open import open_client
from lexiscope.language.clients.structured import UnreadableError
from lexiscope.language.instructions.by_measuring import Measured
from lexiscope.language.instructions.settings import InstructionSettings
from lexiscope.language.instructions.subject import Instruction, Subject
from lexiscope.language.instructions.wording import in_words
from lexiscope.language.text.sentences import split_sentences
from lexiscope.language.words import read_words

_PROMPT = "instruction_union.txt"
_TRIES = 3
_LONGEST = 800  # characters of an instruction
_TOLD = re.compile(r"\b(?:you are|as an ai|i am|i'm|here is|all images together)\b", re.IGNORECASE)
_FACTS = re.compile(
    r"\d+(?:\.\d+)?|\b(?:left|right|bilateral|midline|upper|lower|middle|central|anterior|posterior|superior|inferior|"
    r"frontal|temporal|parietal|occipital|(?:hyper|hypo|iso)(?:intense|dense)|bright|dark|homogeneous|heterogeneous)",
    re.IGNORECASE,
)


class Joined:
    """Writer that has a language model join the measured sentences; never a pixel leaves for the model.

    Args:
        client: The language model.
        cache: Completions kept on disk.
        measured: Writer of what is joined.
        prompt: What the model is asked to do.
    """

    learns: ClassVar[bool] = True

    def __init__(self, client: LanguageClient, *, cache: CompletionCache, measured: Measured, prompt: str) -> None:
        self.author = client.name
        self.max_concurrent = client.max_concurrent
        self.usage = cache.usage
        self._client = client
        self._cache = cache
        self._measured = measured
        self._prompt = prompt

    @classmethod
    def open(cls, settings: InstructionSettings, corpus: Corpus) -> "Joined":
        """Writer with the language model of the settings.

        Args:
            settings: Choices of the user; `writer` names the client, such as "local" or "endpoint".
            corpus: Keeps the completions.

        Raises:
            UsageError: unknown name, or settings that belong to another client.
        """
        return cls(
            open_client(settings.writer, settings),
            cache=CompletionCache(corpus.path),
            measured=Measured(settings.prompts),
            prompt=read_words(_PROMPT, settings.prompts).strip(),
        )

    @property
    def identity(self) -> Mapping[str, Any] | None:
        """The model, its prompt, and all that measured sentences depend on."""
        return {"client": self._client.identity, "prompt": self._prompt, "measured": self._measured.identity}

    def write(self, subject: Subject) -> dict[str, list[Instruction]]:
        """One instruction for each structure; what is not seen clearly stays in the measured words.

        Raises:
            LanguageModelError: the model does not answer.
            UnreadableError: it keeps telling what was not measured.
        """
        measured = self._measured.write(subject)
        return {name: [self._join(name, sentences)] for name, sentences in measured.items()}

    def _join(self, structure: str, measured: Sequence[Instruction]) -> Instruction:
        union = measured[-1]
        if not union.clear:
            return union
        alone = [f"{', '.join(map(in_words, one.modalities))} alone: {one.text}" for one in measured[:-1]]
        told = "\n".join([f"Structure: {in_words(structure)}", f"All images together: {union.text}", *alone])
        messages = [Message("system", self._prompt), Message("user", told)]
        fault = ""
        for attempt in range(_TRIES):
            text = self._cache.complete(self._client, messages, DecodingSettings(max_tokens=256).again(attempt)).text
            text = " ".join(text.split()).strip("\"'")
            fault = fault_of(text, told)
            if not fault:
                return Instruction(text, union.modalities)
        msg = f"expected what was measured and nothing else from {self.author}, got {fault} in {_TRIES} tries"
        raise UnreadableError(f"{msg}; take a larger model")


def fault_of(text: str, told: str) -> str:
    """What is wrong with an instruction of a language model; empty where nothing is.

    Args:
        text: The instruction.
        told: What the model was told.

    Example:
        >>> fault_of("It is 40 mm.", "It is 38 mm."), fault_of("It is bright. It is bright.", "It is bright.")
        ('40', 'a sentence twice')
    """
    sentences = [text[start:end] for start, end in split_sentences(text)]
    if len(set(sentences)) < len(sentences):
        return "a sentence twice"
    if not text or len(text) > _LONGEST:
        return f"{len(text)} characters"
    if _TOLD.search(text):
        return "words about its task"
    return ", ".join(sorted(facts_of(text) - facts_of(told)))


def facts_of(text: str) -> set[str]:
    """Numbers, places and looks that a text states.

    Example:
        >>> sorted(facts_of("A hyperintense mass of 38 mm on the Left."))
        ['38', 'hyperintense', 'left']
    """
    return {fact.casefold() for fact in _FACTS.findall(text)}
