"""Every method on every part: what is left out is said, what fails costs itself alone, what is written is whole."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from lexiscope.core.errors import EvaluationError, MissingExtraError, ModelError, UsageError
from lexiscope.interpret.interpretation import Interpretation, InterpretedSubject, LeftOut
from lexiscope.interpret.report.page import compose
from lexiscope.interpret.run import interpret_model, interpret_subjects
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.distribution import write_distribution
from lexiscope.testing.interpretables import PlantedSubject
from lexiscope.testing.masked import make_masked_corpus, make_segmenter_model

_CODE = '''
import numpy as np

from lexiscope.core.errors import EvaluationError, UsageError
from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.charts import Bars
from lexiscope.interpret.result import Result
from lexiscope.interpret.subject import Coalition
from lexiscope.testing.interpretables import PlantedSubject


def alone(subject, cases, *, seed=0, progress=None):
    """Mean score with one input."""
    kept = [Coalition(frozenset({name})) for name in subject.inputs]
    means = {name: float(one.score.mean()) for name, one in zip(subject.inputs, subject.outcomes(cases, kept))}
    rows = [{"input": name, "score": Estimate(np.float64(mean), None, None, 0.5)} for name, mean in means.items()]
    return Result(
        "alone", "What does each input say alone?", rows, "that <b>", "why & how", ["<script>alert(1)</script>"],
        [Bars("Alone", "score", means)], {"seed": seed}, {"score": "E[p]"},
    )


def picky(subject, cases, *, seed=0, progress=None):
    """Serves nobody."""
    raise UsageError("expected levels, got none; name layers")


def empty(subject, cases, *, seed=0, progress=None):
    """Finds nothing to measure."""
    raise EvaluationError("expected two groups, got one")


def summing_up(subject, cases, *, seed=0, progress=None, results=()):
    """Reads the others."""
    rows = [{"method": result.method} for result in results]
    return Result("summing_up", "What was found?", rows, "that others are right", "what they did not ask")


def open_masked(model, corpus, split, *, seed, target="all"):
    if not model.has("segmenter"):
        return []
    subject = PlantedSubject(("t1", "t2"), rule="copy", name=f"planted {target}")
    return [(subject, subject.cases(100 if target == "many" else 6, seed=seed))]


def open_broken(model, corpus, split, *, seed):
    raise EvaluationError("expected texts, found none")
'''
_POINTS = {
    "lexiscope.interpretation_method": {
        name: f"some_methods:{name}" for name in ("alone", "picky", "empty", "summing_up")
    },
    "lexiscope.interpreted_part": {"masked": "some_methods:open_masked", "broken": "some_methods:open_broken"},
}
_MINE = ("alone", "picky", "empty")


@pytest.fixture(autouse=True)
def _methods(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path / "site")
    write_distribution(tmp_path / "site", "some-methods", _POINTS, code=_CODE)


@pytest.fixture(scope="module")
def masked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("interpreted")
    corpus = make_masked_corpus(folder / "corpus", 10, size=16)
    return make_segmenter_model(corpus, folder / "model"), corpus


def _planted():
    subject = PlantedSubject()
    return subject, subject.cases(8)


def test_a_method_that_cannot_be_used_costs_itself_alone():
    made = interpret_subjects([_planted()], methods=_MINE, seed=3)
    (subject,) = made.subjects
    assert [row["score"].value for row in subject.result("alone").rows] == [0.5, 0.5]
    assert subject.left_out == (
        LeftOut("picky", "expected levels, got none; name layers"),
        LeftOut("empty", "expected two groups, got one"),
    )
    assert (subject.cases, subject.groups, made.about["seed"]) == (8, 4, 3)
    assert made.about["data"] == [{"version": "planted-0", "split": "test"}]


def test_a_method_that_reads_others_comes_behind_them():
    made = interpret_subjects([_planted()], methods=["summing_up", "alone"])
    assert [result.method for result in made.subjects[0].results] == ["alone", "summing_up"]
    assert made.subjects[0].result("summing_up").rows == [{"method": "alone"}]


def test_where_no_method_can_be_used_the_reasons_are_told():
    with pytest.raises(
        EvaluationError, match=r"no method could be used: picky: expected levels.*; empty: expected two"
    ):
        interpret_subjects([_planted()], methods=["picky", "empty"])


def test_unknown_methods_and_parts_are_refused_before_anything_is_opened():
    with pytest.raises(UsageError, match=r"unknown interpretation method 'alon'\. Did you mean 'alone'\?"):
        interpret_model("nowhere", "nowhere", methods=["alon"])
    with pytest.raises(UsageError, match=r"unknown interpreted part 'maskd'\. Did you mean 'masked'\?"):
        interpret_model("nowhere", "nowhere", methods=["alone"], parts=["maskd"])


def test_a_model_is_interpreted_part_by_part(masked):
    model, corpus = masked
    made = interpret_model(model, corpus, split="test", methods=["alone"], seed=1)
    assert "masked" not in [one.name for one in made.left_out]
    assert LeftOut("broken", "expected texts, found none") in made.left_out
    assert "planted all" in [subject.name for subject in made.subjects]
    about = made.about
    assert (about["corpus_version"], about["split"], about["seed"]) == (corpus.version, "test", 1)
    assert about["fingerprints"] == {"segmenter": model.fingerprint_of("segmenter")}
    assert made.notes == []
    one = interpret_model(model, corpus, methods=["alone"], parts=["masked"], target="lesion")
    assert ([subject.name for subject in one.subjects], one.left_out) == (["planted lesion"], ())


def test_of_many_cases_32_are_drawn_unless_others_are_wanted(masked):
    def subject(**wanted):
        (only,) = interpret_model(
            *masked, methods=["alone"], parts=["masked"], target="many", seed=1, **wanted
        ).subjects
        return only

    drawn = "32 of 100 cases, of as many groups as there are, were drawn (seed 1)"
    assert (subject().cases, subject().groups, subject().drawn) == (32, 32, drawn)
    assert (subject(limit=100).cases, subject(limit=100).drawn) == (100, "")
    assert (subject(only=[f"case-{number}" for number in range(70)]).cases, subject(limit=8).cases) == (70, 8)


def test_a_split_that_was_learned_from_is_named(masked):
    model, corpus = masked
    made = interpret_model(model, corpus, split="train", methods=["alone"])
    assert len(made.notes) == 1
    assert "the part segmenter learned from the split 'train'" in made.notes[0]


def test_wrong_splits_and_models_without_parts_are_told(masked, tmp_path):
    model, corpus = masked
    with pytest.raises(UsageError, match=r"no case is in split 'tset'\. The corpus has: test, train, val"):
        interpret_model(model, corpus, split="tset")
    with pytest.raises(ModelError, match=r"nothing of .* can be interpreted: broken: expected texts, found none"):
        interpret_model(ModelDirectory(tmp_path / "none"), corpus)


def test_a_model_without_parts_is_told_what_is_needed(masked, tmp_path, monkeypatch):
    points = {"lexiscope.interpreted_part": {"masked": "some_methods:open_masked"}}
    write_distribution(tmp_path / "other", "some-methods", points, code=_CODE)
    monkeypatch.syspath_prepend(tmp_path / "other")
    monkeypatch.setattr("sys.path", [path for path in __import__("sys").path if str(path) != str(tmp_path / "site")])
    with pytest.raises(ModelError, match=r"expected a model with one of the parts .*masked.*, got .*none with none"):
        interpret_model(ModelDirectory(tmp_path / "none"), masked[1])


@pytest.mark.slow
def test_a_report_is_a_page_and_its_numbers(tmp_path):
    out = tmp_path / "new" / "report"
    made = interpret_subjects([_planted()], methods=_MINE, out=out)
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "report.json"]
    assert json.loads((out / "report.json").read_text()) == json.loads(json.dumps(made.to_dict()))
    page = (out / "report.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "that &lt;b&gt;" in page
    assert "why &amp; how" in page
    assert 'href="report.json"' in page
    assert "Without “picky”: expected levels" in page
    assert re.findall(r'<img src="data:image/svg\+xml;base64,[\w+/=]+" alt="Alone"', page)
    assert not re.search(r"https?://|url\(|@import", page)
    assert "lazy" not in page  # a chart that was not scrolled to would be missing in print


def test_a_page_says_what_inputs_are_and_nothing_of_what_was_not_chosen():
    shown = InterpretedSubject(
        "segmenter",
        "f",
        ("flair", "text"),
        "late",
        "DSC",
        3,
        2,
        (),
        meanings={"text": "a sentence"},
        drawn="3 of 9 were drawn",
    )
    page = compose(Interpretation((shown,), about={"seed": 0, "limit": None}))
    assert (
        page.subjects[0].lead
        == "Inputs: flair, text (a sentence), late fusion. Score: DSC. 3 cases of 2 groups: 3 of 9 were drawn."
    )
    assert page.provenance == {"seed": "0"}


@pytest.mark.slow
def test_a_report_takes_the_place_of_an_older_one_only_when_it_is_whole(tmp_path, monkeypatch):
    interpret_subjects([_planted()], methods=["alone"], out=tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("report.*")}
    monkeypatch.setattr("lexiscope.interpret.report.write.render_page", lambda _: 1 / 0)
    subject = replace(PlantedSubject(), name="another")
    with pytest.raises(ZeroDivisionError):
        interpret_subjects([(subject, subject.cases(8))], methods=["alone"], out=tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*report.*")} == before


def test_a_report_that_cannot_be_written_is_told_before_the_work(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"a report is a folder with a page and its numbers, and .*file is a file"):
        interpret_subjects([_planted()], out=tmp_path / "file")
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"lexiscope\[interpret\]"):
        interpret_subjects([_planted()], out=tmp_path / "new")
    assert not (tmp_path / "new").exists()
