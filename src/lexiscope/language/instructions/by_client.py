"""`Joined`: instructions by a language model, which joins what was measured in each image into prose."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from lexiscope.corpus.store import Corpus
from lexiscope.language.clients.cache import CompletionCache
from lexiscope.language.clients.client import DecodingSettings, LanguageClient, Message
from lexiscope.language.clients.examples import shown_examples
from lexiscope.language.clients.open import open_client
from lexiscope.language.clients.structured import UnreadableError
from lexiscope.language.instructions.by_measuring import Measured
from lexiscope.language.instructions.settings import InstructionSettings
from lexiscope.language.instructions.subject import Instruction, Subject
from lexiscope.language.instructions.wording import in_words
from lexiscope.language.text.sentences import sentence_texts, split_sentences
from lexiscope.language.words import read_words

_PROMPT, _EXAMPLES = "instruction_union.txt", "instruction_examples.yaml"
_TRIES = 3
_KEPT = 0.5  # of the facts, at least
_LONGEST = 800  # characters of an instruction
_TOLD = re.compile(r"\b(?:you are|as an ai|i am|i'm|here is|all images together)\b", re.IGNORECASE)
_LOOK = re.compile(r"\b(?:(?:hyper|hypo|iso)(?:intense|dense)|bright(?:er)?|dark(?:er)?)\b", re.IGNORECASE)
_FACTS = re.compile(
    r"\d+(?:\.\d+)?|\b(?:left|right|bilateral|midline|upper|lower|middle|central|anterior|posterior|superior|inferior|"
    r"frontal|temporal|parietal|occipital|(?:hyper|hypo|iso)(?:intense|dense)|bright|dark|homogeneous|heterogeneous)",
    re.IGNORECASE,
)


class Joined:
    """Writer that has a language model join what was measured in all images; never a pixel leaves for the model.

    Args:
        client: The language model.
        cache: Completions kept on disk.
        measured: Writer of what is joined.
        shown: What the model is asked to do, and examples.
    """

    learns: ClassVar[bool] = True

    def __init__(
        self, client: LanguageClient, *, cache: CompletionCache, measured: Measured, shown: Sequence[Message]
    ) -> None:
        self.author = client.name
        self.max_concurrent = client.max_concurrent
        self.usage = cache.usage
        self._client = client
        self._cache = cache
        self._measured = measured
        self._shown = list(shown)

    @classmethod
    def open(cls, settings: InstructionSettings, corpus: Corpus) -> "Joined":
        """Writer with the language model of the settings.

        Args:
            settings: Choices of the user; `writer` names the client, such as "local" or "endpoint".
            corpus: Keeps the completions.

        Raises:
            UsageError: unknown name, or settings that belong to another client.
        """
        shown = shown_examples(
            _EXAMPLES, settings.prompts, lambda example: str(example["written"]).strip(), parts="told and written"
        )
        return cls(
            open_client(settings.writer, settings),
            cache=CompletionCache(corpus.path),
            measured=Measured(settings.prompts),
            shown=[Message("system", read_words(_PROMPT, settings.prompts).strip()), *shown],
        )

    @property
    def identity(self) -> Mapping[str, Any] | None:
        """The model, what it is shown, and all that measured sentences depend on."""
        shown = [message.to_dict() for message in self._shown]
        return {"client": self._client.identity, "shown": shown, "measured": self._measured.identity}

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
        images = [self._measured.wording.where(name) for name in union.modalities]
        told = f"Structure: {in_words(structure)}\nAll images together: {union.text}"
        messages = [*self._shown, Message("user", told)]
        fault = ""
        for attempt in range(_TRIES):
            text = self._cache.complete(self._client, messages, DecodingSettings(max_tokens=256).again(attempt)).text
            text = " ".join(text.split()).strip("\"'")
            fault = fault_of(text, union.text, structure=in_words(structure), images=images)
            if not fault:
                return Instruction(text, union.modalities)
        msg = f"expected what was measured and nothing else from {self.author}, got {fault} in {_TRIES} tries"
        raise UnreadableError(f"{msg}; take a larger model")


def fault_of(text: str, told: str, *, structure: str, images: Sequence[str] = ()) -> str:
    """What is wrong with an instruction of a language model; empty where nothing is.

    Args:
        text: The instruction.
        told: What it should say: what was measured in all images together.
        structure: Name of the structure, which it must use.
        images: How the images are called, such as "on FLAIR".

    Example:
        >>> fault_of("A cyst of 40 mm.", "The cyst has 38 mm.", structure="cyst")
        '40'
        >>> fault_of("Mark the spot.", "The cyst has 38 mm.", structure="cyst")
        "no 'cyst'"
    """
    sentences = sentence_texts(text)
    if len(set(sentences)) < len(sentences):
        return "a sentence twice"
    if not text or len(text) > _LONGEST:
        return f"{len(text)} characters"
    if _TOLD.search(text):
        return "words about its task"
    if structure.casefold() not in text.casefold():
        return f"no {structure!r}"
    facts, said = facts_of(told, images), facts_of(text, images)
    if said - facts:
        return ", ".join(sorted(said - facts))
    return f"little of {', '.join(sorted(facts))}" if len(said) < _KEPT * len(facts) else ""


def facts_of(text: str, images: Sequence[str] = ()) -> set[str]:
    """Numbers, places and looks that a text states, and which look it has in which image.

    Args:
        text: The text.
        images: How the images are called.

    Example:
        >>> sorted(facts_of("A mass of 38 mm on the Left, hyperintense on T2 and dark on T1.", ["on T1", "on T2"]))
        ['1', '2', '38', 'dark', 'dark on T1', 'hyperintense', 'hyperintense on T2', 'left']
    """
    facts = {fact.casefold() for fact in _FACTS.findall(text)}
    for start, end in split_sentences(text):
        looks = list(_LOOK.finditer(text, start, end))
        ends = [*(look.start() for look in looks[1:]), end]
        for look, until in zip(looks, ends, strict=False):
            said = text[look.end() : until].casefold()
            facts |= {f"{look[0].casefold()} {image}" for image in images if image.casefold() in said}
    return facts
