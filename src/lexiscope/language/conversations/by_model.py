"""`ModelGenerator`: questions and answers by a language model, each traced back to the sentences that support it."""

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from lexiscope.core.case import Case
from lexiscope.core.errors import LanguageModelError
from lexiscope.core.turn import Turn
from lexiscope.corpus.wording import normalise
from lexiscope.language.clients.cache import CompletionCache
from lexiscope.language.clients.client import DecodingSettings, LanguageClient, Message
from lexiscope.language.clients.examples import shown_examples
from lexiscope.language.clients.structured import UnreadableError, WrittenConversation, WrittenTurn, complete_as
from lexiscope.language.conversations.candidate_turn import NO, YES, CandidateTurn
from lexiscope.language.conversations.filters import TEXT_ANSWERABLE, refusal_of
from lexiscope.language.text.attributes import AttributePhrases, plain_name
from lexiscope.language.text.grounding import content_words, is_same_answer, supporting_spans
from lexiscope.language.text.lexicon import Lexicon
from lexiscope.language.text.reading import CaseReading
from lexiscope.language.words import read_words

_GUESS = 48  # tokens of an answer that is given blindly


class ModelGenerator:
    """Generator of questions that asks a language model.

    The model reads the texts of a case at the level, and its attributes; never a pixel. An open question whose
    answer the same model guesses without any of this is marked as answerable from its text alone. (Yes and no are
    guessed right half of the time; they are balanced instead.)

    Args:
        client: Language model that writes.
        cache: Completions kept on disk.
        level: Level of context that the model reads: "none" (attributes), "caption" or "full".
        prompts: Folder of the user's own word files.
        blind: Ask the model each open question without any text, too, which takes one more request for each.
        give_up_after: Number of requests that may fail one after another: then the server is gone, or never was there.
        seed: Seed of the answers.
    """

    def __init__(
        self,
        client: LanguageClient,
        *,
        cache: CompletionCache,
        level: str = "full",
        prompts: Path | None = None,
        blind: bool = True,
        give_up_after: int = 12,
        seed: int = 0,
    ) -> None:
        self.author = f"lexiscope-{client.name}"
        self.failed: dict[str, str] = {}
        self.usage = cache.usage
        self._cache = cache
        self._in_a_row = 0
        self._give_up_after = give_up_after
        self._client = client
        self._level = level
        self._blind = blind
        self._seed = seed
        self._lexicon, self._phrases = Lexicon.load(prompts), AttributePhrases.load(prompts)
        shown = shown_examples(
            "examples.yaml",
            prompts,
            lambda example: WrittenConversation.model_validate(example["written"]).model_dump_json(),
            parts="told and written",
        )
        self._prompt = [Message("system", read_words("conversation.txt", prompts).strip()), *shown]
        self._blind_prompt = Message("system", read_words("blind.txt", prompts).strip())

    def read(self, case: Case) -> CaseReading:
        """Sentences about a case, at the level of this generator."""
        return CaseReading(case, self._lexicon, self._level)

    def candidates(self, cases: Iterable[Case]) -> Iterator[list[CandidateTurn] | None]:
        """Candidate turns about each case, in the order of the cases; None where the model gave no usable answer.

        Raises:
            LanguageModelError: the model answers nothing at all any more; what it said before is kept on disk.
        """
        pool = ThreadPoolExecutor(self._client.max_concurrent)
        try:
            futures: list[Future[list[CandidateTurn] | None]] = [pool.submit(self._about, case) for case in cases]
            for future in futures:
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _about(self, case: Case) -> list[CandidateTurn] | None:
        description = self._description(self.read(case)) if case.images else ""
        if not description:
            return []
        if case.id in self.failed:
            return None  # requested in this run already; the next run asks again
        messages = [*self._prompt, Message("user", description)]
        try:
            written = complete_as(
                WrittenConversation,
                self._client,
                messages,
                cache=self._cache,
                settings=DecodingSettings(seed=self._seed),
            )
            candidates = [self._candidate(case, turn) for turn in written.turns]
            self._in_a_row = 0
            return candidates
        except UnreadableError as error:
            self.failed[case.id] = str(error)
        except LanguageModelError as error:
            self.failed[case.id] = str(error)
            self._in_a_row += 1
            if self._in_a_row >= self._give_up_after:
                raise
        except (ValueError, ArithmeticError) as error:  # words that make no turn cost their case, not the run
            self.failed[case.id] = f"what the model wrote makes no turn: {error}"
        return None

    def _description(self, reading: CaseReading) -> str:
        case = reading.case
        texts = [("Caption", reading.describing), ("Text", reading.mentions)]
        lines = [
            f"{name}: {' '.join(sentence.text for sentence in sentences)}" for name, sentences in texts if sentences
        ]
        visible = {
            name: value for name, value in case.attributes.items() if plain_name(name) not in self._phrases.unseen
        }
        lines += [f"{name.replace('_', ' ')}: {self._phrases.of(name).say(value)}" for name, value in visible.items()]
        return "\n".join(lines)

    def _candidate(self, case: Case, written: WrittenTurn) -> CandidateTurn:
        answer = _normalised(written)
        reading = self.read(case)
        spans = supporting_spans(written.question, answer, [*reading.describing, *reading.mentions])
        stated = not spans and any(
            content_words(answer)
            and content_words(answer) <= content_words(f"{name} {self._phrases.of(name).say(value)}")
            for name, value in case.attributes.items()
        )
        turn = Turn(written.question, answer, _kind(written, answer), written.level, self.author, spans)
        candidate = CandidateTurn(turn, normalise(written.question), "attribute" if stated else "text")
        if refusal_of(case, candidate, drawn=reading.is_drawn) is not None:
            return candidate  # no need to ask more about it
        guess = self._right_guess(turn)
        if guess is None:
            return candidate
        return replace(candidate, refusal=(TEXT_ANSWERABLE, f"guessed without the image: {guess!r}"))

    def _right_guess(self, turn: Turn) -> str | None:
        """Blind answer to an open question, where it is right."""
        if not self._blind or turn.answer in (YES, NO):
            return None
        messages = [self._blind_prompt, Message("user", turn.question)]
        guess = self._cache.complete(self._client, messages, DecodingSettings(max_tokens=_GUESS, seed=self._seed)).text
        return guess if is_same_answer(guess, turn.answer) else None


def _normalised(written: WrittenTurn) -> str:
    """ "Yes." and "No, there are none." as this project writes them; other answers as they are."""
    first = re.match(r"(yes|no)\b(?P<more>.*)", written.answer.casefold(), re.DOTALL)
    if first is None or (first["more"].strip(" .!") and written.kind not in ("closed", "defect")):
        return written.answer
    return YES if first[1] == "yes" else NO


def _kind(written: WrittenTurn, answer: str) -> str:
    return "closed" if answer in (YES, NO) and written.kind in ("open", "feature") else written.kind
