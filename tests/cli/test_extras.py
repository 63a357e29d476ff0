"""Without the packages of the extras: what needs none works, and every verb that needs one says how to install it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lexiscope.tasks.search.indexing import index_corpus
from lexiscope.testing.speaking import make_speaking_corpus, tiny_model

_EXTRAS = (
    "accelerate",
    "captum",
    "gguf",
    "matplotlib",
    "mcp",
    "onnx",
    "peft",
    "sacrebleu",
    "sklearn",
    "torch",
    "transformers",
)
_RUN = f"""
import contextlib, io, json, sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {_EXTRAS!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
from lexiscope.cli.main import main
results = []
for words in json.loads(sys.stdin.read()):
    sys.argv = ["lexiscope", *words]
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    results.append((code, out.getvalue(), err.getvalue()))
print(json.dumps(results))
"""
_TRAIN = "lexiscope: expected the package 'torch', which is not installed; run: pip install 'lexiscope[train]'\n"


def _run(folder: Path, *commands: str) -> list[tuple[int, str, str]]:
    """Exit code, output and messages of commands, which run one after another in a process without the extras."""
    words = json.dumps([command.split() for command in commands])
    done = subprocess.run(
        [sys.executable, "-c", _RUN], input=words, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [tuple(result) for result in json.loads(done.stdout)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("extras")
    corpus = make_speaking_corpus(made / "corpus", 8)
    index_corpus(tiny_model(corpus, made / "model"), corpus)
    return made


@pytest.mark.slow
def test_corpora_searches_and_splits_need_no_extra(folder: Path) -> None:
    results = _run(
        folder,
        "simulate scans scans --as nifti",
        "corpus build scanned scans --json",
        "corpus info scanned --json",
        "corpus audit corpus --json",
        "search model red --json",
        "write conversations scanned --json",
        "train align --help",
        "serve --help",
    )
    assert [code for code, _, _ in results] == [0] * len(results), results
    assert json.loads(results[1][1])["added"] == 2
    assert json.loads(results[4][1])["value"]


@pytest.mark.slow
def test_a_verb_that_needs_an_extra_says_which_in_one_line(folder: Path) -> None:
    picture = next((folder / "corpus" / "objects").rglob("*.png"))
    results = _run(
        folder,
        "train align corpus --out new --image vit --text bert",
        "index model corpus",
        f"search model --image {picture}",
        f"ask model {picture} what",
        f"caption model {picture}",
        "evaluate search model corpus --split test",
        "interpret model corpus --out report",
        "mcp model --corpus corpus",
    )
    assert [code for code, _, _ in results] == [1] * len(results), results
    *computing, mcp = [err for _, _, err in results]
    assert mcp.endswith("expected the package 'mcp', which is not installed; run: pip install 'lexiscope[serve]'\n")
    assert computing == [_TRAIN] * len(computing)


def test_names_of_python_say_it_too(tmp_path: Path) -> None:
    script = _RUN.partition("from lexiscope.cli.main")[0] + "import lexiscope\nlexiscope.Corpus\nlexiscope.index_corpus"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr.strip().endswith(f"MissingExtraError: {_TRAIN.removeprefix('lexiscope: ').strip()}")
