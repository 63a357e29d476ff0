"""A package outside lexiscope adds one entry to every name table, and each works through the command line."""

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

import lexiscope
from lexiscope.cli.app import app
from lexiscope.core.catalog import Catalog
from lexiscope.core.errors import LeakageError
from lexiscope.corpus import Corpus
from lexiscope.models.assistant import load_assistant
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.distribution import write_distribution
from lexiscope.testing.fuzz import READERS
from lexiscope.testing.masked import make_masked_corpus
from lexiscope.testing.published import save_published

_PLUGIN = Path(__file__).parent / "plugin"
_MODULES = ("toy_lab", "toy_lab_arrays")
_ENTRIES = {
    "source": "toy_lab:ToySource",
    "exchange_format": "toy_lab:FORM",
    "view": "toy_lab:ToyView",
    "tower": "toy_lab:ToyTower",
    "published_layout": "toy_lab_arrays:read_toy_space",
    "assistant": "toy_lab_arrays:ToyAssistant",
    "index": "toy_lab:ToyStore",
    "objective": "toy_lab:ToyObjective",
    "image_objective": "toy_lab:ToyImageObjective",
    "text_objective": "toy_lab:ToyTextObjective",
    "label_objective": "toy_lab:ToyLabelObjective",
    "part": "toy_lab:ToyPart",
    "stage": "toy_lab:ToyStage",
    "task": "toy_lab:ToyTask",
    "evaluation": "toy_lab:ToyEvaluation",
    "judge": "toy_lab:open_judge",
    "writer": "toy_lab:ToyWriter",
    "instruction_writer": "toy_lab:ToyInstructionWriter",
    "language_client": "toy_lab:ToyClient",
    "fuzzed_reader": "toy_lab:FUZZED",
    "interpretation_method": "toy_lab_arrays:toy_method",
    "interpreted_part": "toy_lab_arrays:open_toy",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The package as pip leaves it, on the import path."""
    folder = tmp_path_factory.mktemp("site")
    entries = {f"lexiscope.{kind}": {"toy": place} for kind, place in _ENTRIES.items()}
    write_distribution(folder, "toy-lab", entries, code=(_PLUGIN / "toy_lab.py").read_text())
    (folder / "toy_lab_arrays.py").write_text((_PLUGIN / "toy_lab_arrays.py").read_text())
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in _MODULES:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def corpus(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pictures, from dark to bright, as the toy source reads them."""
    folder = tmp_path_factory.mktemp("toy")
    splits = ["train"] * 8 + ["val"] * 2 + ["test"] * 2
    bright = [10, 230, 40, 200, 60, 250, 90, 220, 30, 210, 20, 240]
    lines = [f"p{n} g{n} {split} {value}" for n, (split, value) in enumerate(zip(splits, bright, strict=True))]
    (folder / "pictures.toy").write_text("\n".join(lines) + "\n")
    made = run("corpus", "build", folder / "corpus", folder / "pictures.toy", "--json")
    assert json.loads(made)["added"] == 12
    return folder / "corpus"


@pytest.fixture(scope="module")
def model(corpus: Path) -> Path:
    path = corpus.parent / "model"
    made = json.loads(run("train", "toy", corpus, "--out", path, "--between", "0.5", "--json"))
    assert (made["cases"], made["loss"], made["notes"]) == (8, 0.25, ["a toy learns from attributes"])
    return path


def run(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def _tables() -> dict[str, Catalog]:
    """Every name table of lexiscope, by its entry-point group."""
    root = Path(lexiscope.__file__).parent
    places = [path for path in root.rglob("__init__.py") if "= Catalog(" in path.read_text(encoding="utf-8")]
    modules = [import_module(".".join(("lexiscope", *path.parent.relative_to(root).parts))) for path in places]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Catalog)]
    return {table.group: table for table in found}


def test_the_package_joins_every_table(site: Path) -> None:
    tables = _tables()
    assert len(tables) >= 14
    assert set(tables) == {f"lexiscope.{kind}" for kind in _ENTRIES}
    for table in tables.values():
        assert "toy" in table
        assert table.load("toy") is not None


def test_help_lists_what_the_package_brings(corpus: Path) -> None:
    assert "toy                   Task of the package toy-lab." in run("--help")
    assert "Learn where bright begins." in run("train", "--help")
    assert "Share of pictures whose tone is told right" in run("evaluate", "--help")
    assert "Write how bright each picture is." in run("write", "--help")
    text = run("corpus", "build", "--help")
    assert "Options of toy:" in text
    assert "--brightest <int>" in text
    assert "Remark about a picture" in text


def test_its_source_is_found_by_looking_and_by_name(corpus: Path, tmp_path: Path) -> None:
    first = json.loads(run("corpus", "list", corpus, "--json").splitlines()[0])
    assert (first["attributes"]["tone"], first["provenance"]["source"]) == ("dark", "toy")
    options = ("--as", "toy", "--brightest", "5", "--remark", "Seen on a Monday.", "--json")
    run("corpus", "build", tmp_path / "c", corpus.parent / "pictures.toy", *options)
    first = json.loads(run("corpus", "list", tmp_path / "c", "--json").splitlines()[0])
    assert first["texts"][0]["text"] == "Picture p0 is bright. Seen on a Monday."


def test_its_reader_is_fuzzed_like_ours(site: Path, tmp_path: Path) -> None:
    reader = READERS.load("toy")
    assert [reader.read(seed, tmp_path / str(n)) for n, seed in enumerate(reader.seeds())] == [2]


def test_its_format_is_written_and_read_back(corpus: Path, tmp_path: Path) -> None:
    run("corpus", "export", corpus, tmp_path / "out.toy", "--as", "toy")
    assert (tmp_path / "out.toy").read_text() == (corpus.parent / "pictures.toy").read_text()
    back = run("corpus", "import", tmp_path / "c", tmp_path / "out.toy", "--as", "toy", "--json")
    assert json.loads(back)["added"] == 12


def test_its_stage_trains_its_part(model: Path, corpus: Path) -> None:
    assert json.loads((model / "toy" / "config.json").read_text()) == {"threshold": pytest.approx(130 / 255)}
    assert "Tells dark from bright." in (model / "README.md").read_text()
    again = run("train", "toy", corpus, "--out", model)
    assert "the toy part of" in again
    assert "0.2500 (chance 0.5000)" in again


def test_its_assistant_is_opened_by_the_kind_that_its_settings_state(site: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "toy", "says": "Bright."}))
    assert [answer.text for answer in load_assistant(tmp_path).say(None, ["Which tone?", "Why?"])] == ["Bright."] * 2


def test_its_task_is_a_verb(model: Path, corpus: Path) -> None:
    found = json.loads(run("toy", model, "p1", "--corpus", corpus, "--json"))
    assert (found["task"], found["case"], found["value"]["tone"]) == ("toy", "p1", "it is bright")
    picture = json.loads(run("corpus", "list", corpus, "--json").splitlines()[0])["images"]["grey"]["path"]
    shown = run("toy", model, picture, "I see", "--shift", "-1")
    assert "I see bright" in shown


def test_its_evaluation_is_measured_and_printed(model: Path, corpus: Path) -> None:
    found = json.loads(run("evaluate", "toy", model, corpus, "--json"))
    assert (found["task"], found["n"], found["metrics"]["accuracy"]["value"]) == ("toy", 2, 1.0)
    assert found["baselines"]["all_dark"]["accuracy"]["value"] == 0.5
    shown = CliRunner().invoke(app, ["evaluate", "toy", str(model), str(corpus), "--shift", "-1"])
    assert "toy, split test" in shown.stdout
    assert "all dark" in shown.stdout
    assert "The toy sees." in shown.stderr
    assert "Accuracy is the share of pictures" in shown.stderr


def test_its_evaluation_passes_the_leakage_gate_first(model: Path, corpus: Path) -> None:
    done = CliRunner().invoke(app, ["evaluate", "toy", str(model), str(corpus), "--split", "train"])
    assert isinstance(done.exception, LeakageError)


def test_its_part_is_interpreted_with_its_method(model: Path, corpus: Path) -> None:
    found = json.loads(run("interpret", model, corpus, "--method", "toy", "--json"))
    (subject,) = found["subjects"]
    assert (subject["name"], subject["inputs"], subject["cases"]) == ("toy", ["grey"], 2)
    assert subject["results"][0]["rows"] == [{"inputs": "grey", "probability of the tone": 1.0}]
    assert found["notes"] == []
    shown = run("interpret", model, corpus, "--method", "toy", "--split", "train")
    assert "toy: How well does it do?" in shown


def test_its_published_layout_is_a_start(corpus: Path, tmp_path: Path) -> None:
    save_published(tmp_path / "toy" / "inside", ["a bright picture", "a dark picture"])
    (tmp_path / "toy" / "config.json").write_text('{"model_type": "toy"}')
    (tmp_path / "toy" / "none.safetensors").touch()  # the weights lie inside
    made = run("index", tmp_path / "model", corpus, "--start", tmp_path / "toy", "--json")
    assert json.loads(made)["cases"] == 12
    hits = json.loads(run("search", tmp_path / "model", "bright", "-k", "2", "--json"))["value"]
    assert [hit["untrained"] for hit in hits] == [str(tmp_path / "toy")] * 2


@pytest.mark.slow
def test_its_judge_scores_an_assistant(site: Path, taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    options = (
        "--judge",
        "toy",
        "--limit",
        "1",
        "--accept-leak",
        "shapes repeat",
        "--wording",
        "{question}",
        "--wording",
        "Say: {question}",
    )
    found = json.loads(run("evaluate", "assistant", model.path, corpus.path, *options, "--json"))
    assert found["judge"] == "toy"
    assert found["metrics"]["overall_quality"]["value"] == 77.0


def test_its_writer_writes(corpus: Path, tmp_path: Path) -> None:
    run("corpus", "build", tmp_path / "c", corpus.parent / "pictures.toy")
    assert json.loads(run("write", "toy", tmp_path / "c", "--sign", "!", "--json")) == {"cases": 12}
    first = json.loads(run("corpus", "list", tmp_path / "c", "--json").splitlines()[0])
    assert first["texts"][1]["text"] == "Its brightness is 10!"


def test_its_writer_of_instructions_writes(site: Path, tmp_path: Path) -> None:
    masked = make_masked_corpus(tmp_path / "masked", 2)
    made = json.loads(run("write", "instructions", masked.path, "--structure", "disc", "--with", "toy", "--json"))
    assert (made["author"], made["instructions"]) == ("toy", 2)
    assert Corpus.open(masked.path)["case-0000"].texts[0].text == "Point at the disc."


def test_its_language_model_writes_conversations(corpus: Path, tmp_path: Path) -> None:
    run("corpus", "build", tmp_path / "c", corpus.parent / "pictures.toy")
    made = json.loads(run("write", "conversations", tmp_path / "c", "--with", "toy", "--no-blind", "--json"))
    assert (made["author"], made["turns"]) == ("lexiscope-toy-model", 12)


@pytest.mark.slow
def test_its_objectives_train(corpus: Path, tmp_path: Path) -> None:
    settings = tmp_path / "tiny.yaml"
    settings.write_text("tower: toy\ntower_settings: {stages: [8, 16]}\nwidth: 16\nsize: 32\nepochs: 1\nbatch: 4\n")
    model = ("--out", tmp_path / "model", "--objective", "toy", "--json")
    image = json.loads(run("train", "pretrain", "image", corpus, "--config", settings, *model))
    assert image["objective"] == "toy"
    text = json.loads(run("train", "pretrain", "text", corpus, "--epochs", "1", *model))
    assert text["objective"] == "toy"
    label = ("--label", "tone", "--label-objective", "toy")
    aligned = json.loads(run("train", "align", corpus, "--epochs", "1", "--size", "32", *label, *model))
    assert aligned["loss"] is not None
    steps = (tmp_path / "model" / "training" / "align" / "metrics.jsonl").read_text().splitlines()
    named = {name for line in map(json.loads, steps) for name in line.get("losses", ())}
    assert any(name.startswith("toy_label") for name in named), named
    indexed = json.loads(run("index", tmp_path / "model", corpus, "--store", "toy", "--json"))
    assert (indexed["cases"], (tmp_path / "model" / "index" / "toy").is_dir()) == (12, True)
    hits = json.loads(run("search", tmp_path / "model", "bright", "-k", "2", "--store", "toy", "--json"))["value"]
    assert len(hits) == 2
