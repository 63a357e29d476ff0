"""Every evaluation and every judge keeps its contract, also one that joins by an entry point."""

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lexiscope.core.errors import EvaluationError
from lexiscope.corpus import Corpus
from lexiscope.evaluate import EVALUATIONS
from lexiscope.evaluate.judges import JUDGES
from lexiscope.evaluate.judges.choose import JudgeOptions, open_judge
from lexiscope.evaluate.judges.judge import JudgedAnswer, JudgeScore
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.endpoint import completion, fake_endpoint
from lexiscope.testing.evaluations import check_evaluation, check_judge
from lexiscope.testing.masked import make_masked_corpus, make_segmenter_model
from lexiscope.testing.speaking import save_language, tiny_language

_OPTIONS: dict[str, dict[str, Any]] = {
    "assistant": {"limit": 2, "wordings": ("{question}", "Please: {question}")},
    "answer": {"limit": 4},
    "caption": {"max_tokens": 4},
    "classify": {"attribute": "colour"},
}


def _masked(path: Path) -> tuple[Corpus, ModelDirectory]:
    corpus = make_masked_corpus(path / "corpus", 10)
    return corpus, make_segmenter_model(corpus, path / "model")


@pytest.mark.slow
@pytest.mark.parametrize("name", EVALUATIONS)
def test_every_evaluation_keeps_its_contract(name: str, taught: tuple[Corpus, ModelDirectory], tmp_path: Path) -> None:
    corpus, model = _masked(tmp_path) if name == "segment" else taught
    report = check_evaluation(name, model, corpus, **_OPTIONS.get(name, {}))
    explained = EVALUATIONS.load(name).sections
    asked_for = {section for section, text in explained.items() if text.startswith("With --")}
    assert set(report.sections) == set(explained) - asked_for, "every section that is explained is there"


def test_options_are_listed_without_torch() -> None:
    code = (
        "import sys; from lexiscope.evaluate import EVALUATIONS\n"
        "for name in EVALUATIONS: EVALUATIONS.load(name).Options\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", JUDGES)
def test_every_judge_keeps_its_contract(name: str, tmp_path: Path) -> None:
    if name == "endpoint":
        with fake_endpoint(lambda *_: (200, completion('{"quality": 60, "features": 2}'))) as served:
            check_judge(open_judge(name, JudgeOptions(model="tiny", url=served.url, kept=tmp_path)))
    elif name == "local":
        language = save_language(tiny_language(max_tokens=2048), tmp_path / "language")
        check_judge(open_judge(name, JudgeOptions(model=language, kept=tmp_path)))
    else:
        check_judge(open_judge(name, JudgeOptions(kept=tmp_path)))


@dataclass
class _Judge:
    """A judge that breaks its contract in one way."""

    breaks: str
    name: str = "broken"
    author: str | None = None
    draws: int = 1
    limit: int = 1
    calls: list[int] = field(default_factory=list)

    def scores(self, answers: list[JudgedAnswer], **_: Any) -> list[JudgeScore | None]:
        self.calls.append(len(answers))
        found = [JudgeScore(50.0, 2 if answer.features else None) for answer in answers]
        return {
            "range": [JudgeScore(101.0, one.features) for one in found],
            "features": [JudgeScore(50.0, 2) for _ in found],
            "length": found[1:],
            "order": [JudgeScore(float(row), one.features) for row, one in enumerate(found)],
        }.get(self.breaks, found)


@pytest.mark.parametrize("breaks", ["range", "features", "length", "order"])
def test_a_judge_that_breaks_its_contract_is_found(breaks: str) -> None:
    check_judge(_Judge("nothing"))
    with pytest.raises(AssertionError):
        check_judge(_Judge(breaks))


def test_an_evaluation_that_forgets_its_split_is_found(
    taught: tuple[Corpus, ModelDirectory], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lexiscope.evaluate.search import evaluate as search

    monkeypatch.setattr(search, "_nothing_to_search", lambda _: EvaluationError("nothing here"))
    corpus, model = taught
    with pytest.raises(AssertionError, match="must be refused by its name, got 'nothing here'"):
        check_evaluation("search", model, corpus)
