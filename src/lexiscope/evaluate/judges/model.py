"""`ModelJudge`: scores by a language model, through its client; every answer checked by a schema and kept on disk."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.evaluate.judges.choose import JudgeOptions
from lexiscope.evaluate.judges.judge import Judge, JudgedAnswer, JudgeScore
from lexiscope.language.clients.cache import CompletionCache
from lexiscope.language.clients.client import DecodingSettings, LanguageClient, Message
from lexiscope.language.clients.examples import shown_examples
from lexiscope.language.clients.open import open_client
from lexiscope.language.clients.settings import ClientSettings
from lexiscope.language.clients.structured import UnreadableError, complete_as
from lexiscope.language.words import read_words

_TOKENS = 64  # of a verdict
_TEXT = 2000  # characters of the case's texts that the judge reads; small models have little room


class Verdict(BaseModel):
    """Form in which a language model gives its score."""

    model_config = ConfigDict(extra="ignore")

    quality: float = Field(ge=0, le=100)
    features: int = Field(default=1, ge=1, le=4)


class ModelJudge:
    """A language model that reads question, reference, text and answer, never the image and never who answered.

    Its completions are in `completions.jsonl`, so a run that was stopped goes on where it was.

    Args:
        kept: Completions on disk.
        prompts: Folder of the user's own words: `judge.txt`, the rubric, and `judge_examples.yaml`.
    """

    draws = 1
    limit = 24

    def __init__(
        self, client: LanguageClient, *, kept: CompletionCache, prompts: Path | None = None, seed: int = 0
    ) -> None:
        self.name = client.name
        self.author: str | None = f"lexiscope-{client.name}"
        self.usage = kept.usage
        self._client = client
        self._kept = kept
        self._seed = seed
        shown = shown_examples(
            "judge_examples.yaml",
            prompts,
            lambda example: Verdict.model_validate(example).model_dump_json(),
            parts="told, quality and features",
        )
        self._shown = [Message("system", read_words("judge.txt", prompts).strip()), *shown]

    def scores(self, answers: Sequence[JudgedAnswer], *, progress: Progress | None = None) -> list[JudgeScore | None]:
        """One score for each, in their order; None where no answer of the model fits the form.

        Raises:
            LanguageModelError: the model does not answer.
        """
        distinct = list(dict.fromkeys(answers))
        pool, scores = ThreadPoolExecutor(self._client.max_concurrent), {}
        try:
            under_way: list[Future[JudgeScore | None]] = [pool.submit(self._score, judged) for judged in distinct]
            for judged, future in zip(distinct, under_way, strict=True):
                scores[judged] = future.result()
                if progress:
                    progress(len(scores), len(distinct), "answers judged")
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return [scores[judged] for judged in answers]

    def _score(self, judged: JudgedAnswer) -> JudgeScore | None:
        messages = [*self._shown, Message("user", _told(judged))]
        settings = DecodingSettings(max_tokens=_TOKENS, seed=self._seed)
        try:
            verdict = complete_as(Verdict, self._client, messages, cache=self._kept, settings=settings)
        except UnreadableError:
            return None
        return JudgeScore(verdict.quality, verdict.features if judged.features else None)


def open_local(options: JudgeOptions) -> Judge:
    """A language model that runs here."""
    return _open("local", options)


def open_endpoint(options: JudgeOptions) -> Judge:
    """A language model behind a server."""
    return _open("endpoint", options)


def _open(name: str, options: JudgeOptions) -> Judge:
    if options.kept is None:
        raise UsageError("a language model that judges needs a folder for its completions, got none; pass kept=FOLDER")
    if name == "endpoint" and options.model is None:
        raise UsageError("expected the name of the model that judges, got none; pass --judge-model NAME")
    client = open_client(
        name,
        ClientSettings(
            model=options.model,
            url=options.url,
            key_env=options.key_env,
            allow_download=options.allow_download,
        ),
    )
    return ModelJudge(client, kept=CompletionCache(options.kept), prompts=options.prompts)


def _told(one: JudgedAnswer) -> str:
    lines = [f"Text about the image: {one.texts[:_TEXT]}"] if one.texts else []
    lines += [f"Question: {one.question}", f"Reference answer: {one.reference}"]
    lines.append(f"Answer to judge: {one.answer or '(no answer)'}")
    return "\n".join(lines)
