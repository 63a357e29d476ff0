"""`evaluate_model` runs any evaluation of the table, also one that another package adds, and makes its report."""

from pathlib import Path

import pytest

from lexiscope.core.errors import LeakageError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.evaluate.run import evaluate_model
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.distribution import write_distribution
from lexiscope.testing.evaluations import check_evaluation

_TONES = '''
from lexiscope.core.errors import EvaluationError
from lexiscope.core.settings import Settings
from lexiscope.evaluate.evaluation import Measurements
from lexiscope.evaluate.measure import Measure


class Options(Settings):
    """Choices.

    Args:
        tone: Attribute value that is counted.
    """

    tone: str = "red"


class Tones:
    """How often a model says that a case has the commonest colour."""

    name, Options, near_spared = "tones", Options, 0.0
    rule = "Always right about one colour."
    sections = {"tone": "Colour that is counted."}
    learned_from = None

    @classmethod
    def open(cls, context, options):
        self = cls()
        self.context, self.tone = context, options.tone
        return self

    def items(self, measured):
        cases = list(measured.cases())
        if not cases:
            raise EvaluationError(f"expected cases in split {measured.split!r}; name another")
        return cases

    def answers(self, items):
        return [self.tone for _ in items]

    def baselines(self, items, answers):
        return {"green": ["green" for _ in items]}

    def measure(self, items, answers, baselines):
        import numpy as np

        measure = Measure([case.group for case in items], self.context.seed, self.context.resamples)

        def right(colours):
            values = [case.attributes["colour"] == one for case, one in zip(items, colours, strict=True)]
            return {"accuracy": measure.mean(np.array(values, float), chance=1 / 3)}

        others = {name: right(colours) for name, colours in baselines.items()}
        return Measurements.about(items, right(answers), baselines=others, sections={"tone": self.tone})
'''


@pytest.fixture
def _tones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path / "site")
    write_distribution(tmp_path / "site", "tones", {"lexiscope.evaluation": {"tones": "tones:Tones"}}, code=_TONES)


@pytest.mark.usefixtures("_tones")
def test_an_evaluation_of_another_package_is_run_and_keeps_the_contract(model: ModelDirectory, corpus: Corpus) -> None:
    report = check_evaluation("tones", model, corpus, tone="red")
    colours = [case.attributes["colour"] for case in corpus.cases("test")]
    assert report.metric("accuracy").value == colours.count("red") / len(colours)
    assert report.sections == {"tone": "red"}
    assert [row.of for row in report.tables()[0].rows] == ["the model", "green"]
    assert report.model == model.fingerprint
    assert report.versions["python"]


@pytest.mark.usefixtures("_tones")
def test_the_gate_stands_before_every_evaluation(model: ModelDirectory, corpus: Corpus) -> None:
    with pytest.raises(LeakageError, match="training and split 'train' share"):
        evaluate_model(model, corpus, task="tones", split="train")


def test_wrong_use_names_what_there_is(model: ModelDirectory, corpus: Corpus) -> None:
    with pytest.raises(UsageError, match=r"unknown evaluation 'serch'\. Did you mean 'search'\?"):
        evaluate_model(model, corpus, task="serch")
    with pytest.raises(UsageError, match=r"attribute: expected a value, got none\. Settings: attribute"):
        evaluate_model(model, corpus, task="classify")
    with pytest.raises(UsageError, match=r"most.* Settings: limit"):
        evaluate_model(model, corpus, task="answer", most=3)
