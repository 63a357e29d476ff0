"""A benchmark is whole, says whether it is still the same, and refuses models that learned from it."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.core.errors import EvaluationError, LeakageError
from lexiscope.core.files import sha256_file, sha256_json
from lexiscope.corpus import Corpus
from lexiscope.corpus.rows import row_of
from lexiscope.evaluate.benchmark import make as making
from lexiscope.evaluate.benchmark.make import make_benchmark
from lexiscope.evaluate.benchmark.run import run_benchmark
from lexiscope.evaluate.benchmark.spec import FILE, Benchmark
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.speaking import make_speaking_corpus


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return make_speaking_corpus(tmp_path / "corpus", 20)


def test_a_benchmark_is_a_corpus_of_its_split_with_a_card(corpus: Corpus, tmp_path: Path) -> None:
    made = make_benchmark(corpus, tmp_path / "benchmark", limit=5)
    copied = made.verify(tmp_path / "benchmark")
    assert {case.id for case in copied} == {case.id for case in corpus.cases("test")}
    assert all(copied.object_path(image).is_relative_to(copied.path) for c in copied for image in c.images.values())
    assert Benchmark.read(tmp_path / "benchmark") == made
    card = (tmp_path / "benchmark" / "README.md").read_text()
    assert all(
        words in card for words in (made.hash, "| closed, simple | 4 |", "| CC0-1.0 | 4 |", "What it does not show")
    )
    assert not list(tmp_path.glob(".benchmark*")), "nothing is left beside it"


def test_the_same_again_is_the_same_and_another_never_takes_its_place(corpus: Corpus, tmp_path: Path) -> None:
    first = make_benchmark(corpus, tmp_path / "one")
    assert make_benchmark(corpus, tmp_path / "one").hash == first.hash == make_benchmark(corpus, tmp_path / "two").hash
    with pytest.raises(EvaluationError, match=r"holds another benchmark.* choose another directory with --out"):
        make_benchmark(corpus, tmp_path / "one", seed=1)
    with pytest.raises(EvaluationError, match="must be a new directory"):
        make_benchmark(corpus, corpus.path)


def test_a_run_that_dies_leaves_nothing(corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "data_card", dies)
    with pytest.raises(KeyboardInterrupt):
        make_benchmark(corpus, tmp_path / "benchmark")
    assert not list(tmp_path.glob("*benchmark*"))
    assert not list(tmp_path.glob(".benchmark*"))


@pytest.mark.parametrize("what", ["case", "image", "words", "task"])
def test_a_changed_benchmark_is_refused(corpus: Corpus, tmp_path: Path, what: str) -> None:
    folder = tmp_path / "benchmark"
    made = make_benchmark(corpus, folder)
    copied = Corpus.open(folder)
    case = next(copied.cases())
    if what == "case":
        copied.upsert([replace(case, turns=case.turns[:1])])
    elif what == "image":
        next(path for path in (folder / "objects").rglob("*") if path.is_file()).write_bytes(b"another")
    elif what == "words":
        (folder / "words" / "lexicon.yaml").write_text("defect: []\n")
    else:
        (folder / FILE).write_text((folder / FILE).read_text().replace("limit: 240", "limit: 239"))
    with pytest.raises(EvaluationError, match=r"make it again|restore it"):
        Benchmark.read(folder).verify(folder)
    assert made.hash in (folder / "README.md").read_text()


def test_what_is_no_benchmark_says_how_to_make_one(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"expected a benchmark at .*; make one with: lexiscope benchmark make"):
        Benchmark.read(tmp_path)
    with pytest.raises(EvaluationError, match="cases with images and turns in split 'nowhere'"):
        make_benchmark(corpus, tmp_path / "benchmark", split="nowhere")


def test_a_split_that_shares_a_group_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    case = next(corpus.cases("test"))
    corpus.upsert([replace(case, split="train")])
    with pytest.raises(LeakageError, match=r"split 'test' shares with others .*lexiscope corpus split"):
        make_benchmark(corpus, tmp_path / "benchmark")


def test_cases_whose_image_others_hold_are_left_out(corpus: Corpus, tmp_path: Path) -> None:
    ours, theirs = next(corpus.cases("test")), next(corpus.cases("train"))
    corpus.upsert([replace(ours, images=theirs.images)])
    made = make_benchmark(corpus, tmp_path / "benchmark")
    assert made.made_from["left_out_cases"] == 1
    assert ours.id not in Corpus.open(tmp_path / "benchmark")


@pytest.mark.slow
def test_a_run_measures_what_the_benchmark_says(taught: tuple[Corpus, ModelDirectory], tmp_path: Path) -> None:
    corpus, model = taught
    made = make_benchmark(corpus, tmp_path / "benchmark", limit=6, seed=4, wordings=("{question}", "Say: {question}"))
    report = run_benchmark(tmp_path / "benchmark", model, accept_leak="the shapes look alike")
    assert (report.task, report.seed, report.corpus) == ("assistant", 4, made.corpus)
    assert (report.sections["turns"], report.sections["judge"]) == (6, "rules")
    assert [one["wording"] for one in report.sections["wordings"]["instructions"]] == ["{question}", "Say: {question}"]
    assert report.sections["benchmark"] == {"hash": made.hash, "made_from": made.made_from}


@pytest.mark.slow
@pytest.mark.parametrize(("evaluation", "options"), [("search", {}), ("answer", {"limit": 3})])
def test_any_evaluation_can_be_a_benchmark(
    taught: tuple[Corpus, ModelDirectory], tmp_path: Path, evaluation: str, options: dict[str, int]
) -> None:
    corpus, model = taught
    made = make_benchmark(corpus, tmp_path / "benchmark", evaluation=evaluation, **options)
    assert Benchmark.read(tmp_path / "benchmark") == made
    report = run_benchmark(tmp_path / "benchmark", model, accept_leak="the shapes look alike")
    assert report.task == evaluation
    assert report.n == options.get("limit", corpus.count("test"))


def test_what_was_written_before_is_read_unchanged(corpus: Corpus, tmp_path: Path) -> None:
    """Format 1 named the evaluation `interpret`, and its hash covers that name."""
    folder = tmp_path / "benchmark"
    made = make_benchmark(corpus, folder, limit=5)
    record = yaml.safe_load((folder / FILE).read_text())
    options = record["task"]["options"]
    task = {
        "test_split": "test",
        "most": 5,
        "wordings": options["wordings"],
        "seed": 0,
        "task": "interpret",
        "items": record["task"]["items"],
        "contexts": ["none", "caption", "full"],
        "judge": "rules",
        "metrics": ["overall_quality", "context_sensitivity", "feature_identification", "defect_accuracy"],
    }
    cases = sorted(row_of(case, {})["fingerprint"].hex() for case in Corpus.open(folder))
    covered = {"task": task, "lexicon": sha256_file(folder / "words" / "lexicon.yaml"), "cases": cases}
    written = {**record, "format": 1, "hash": sha256_json(covered)[:16], "task": task}
    (folder / FILE).write_text(yaml.safe_dump(written, sort_keys=False))
    read = Benchmark.read(folder)
    read.verify(folder)
    assert (read.task.evaluation, read.task.options["limit"]) == ("assistant", 5)
    assert read.hash != made.hash
    read.write(folder)
    assert yaml.safe_load((folder / FILE).read_text()) == written


def test_a_model_that_learned_from_it_is_refused(taught: tuple[Corpus, ModelDirectory], tmp_path: Path) -> None:
    corpus, model = taught
    folder = tmp_path / "benchmark"
    make_benchmark(corpus, folder, split="val", limit=3)
    copied = Corpus.open(folder)
    learned = next(corpus.cases("train"))
    for image in learned.images.values():
        copied.keep_object(corpus.object_path(image), content=image.content, image_format=image.format)
    copied.upsert([replace(learned, split="val")])
    made = make_benchmark(copied, tmp_path / "leaking", split="val", limit=3)
    with pytest.raises(LeakageError, match="a score would measure memory"):
        run_benchmark(tmp_path / "leaking", model)
    assert made.hash


def test_the_command_line_makes_one_and_says_its_hash(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "benchmark"
    done = CliRunner().invoke(app, ["benchmark", "make", str(corpus.path), "--out", str(out), "--json"])
    assert done.exit_code == 0
    assert Benchmark.read(out).hash in done.stdout
