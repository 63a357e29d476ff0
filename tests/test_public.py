"""The public names are few, pinned, and cost nothing to import."""

import re
import subprocess
import sys
from importlib import import_module

from typer.testing import CliRunner

import lexiscope
from lexiscope.cli.app import app
from lexiscope.cli.verbs import verbs


def test_public_names_are_pinned():
    assert sorted(lexiscope.__all__) == [
        "AlignConfig", "Case", "Corpus", "InstructConfig", "LexiscopeError", "ModelDirectory",
        "Prediction", "PretrainConfig", "SegmentConfig", "align", "ask", "audit_corpus", "build_corpus",
        "caption", "classify", "deidentify_folder", "evaluate_model", "export_corpus", "index_corpus",
        "instruct", "pretrain", "run_demo", "search", "segment", "split_corpus", "train_segmenter",
        "write_captions", "write_conversations", "write_instructions",
    ]  # fmt: skip
    assert len(lexiscope.__all__) <= 29
    for name in lexiscope.__all__:
        assert getattr(lexiscope, name).__name__ == name


def test_the_docstring_names_the_function_of_every_verb():
    text = " ".join(lexiscope.__doc__.split())
    for place in re.findall(r"`(lexiscope(?:\.\w+)+)`", text):
        module, _, name = place.rpartition(".")
        assert callable(getattr(import_module(module), name)), place
    for verb in _verbs():
        group, _, name = verb.partition(" ")
        called = name if group == "train" else f"{name}_corpus" if group == "corpus" else group
        assert f"`{verb}`" in text or f"`{called}`" in text or called in lexiscope.__all__, f"which is {verb}?"


def _verbs() -> list[str]:
    """Every command of lexiscope itself, as it is typed."""
    found = []
    for name in verbs():
        shown = CliRunner().invoke(app, [name, "--help"]).output
        commands = re.findall(r"^  (\w+)  ", shown.partition("Commands:\n")[2], re.MULTILINE)
        found += [f"{name} {command}" for command in commands] or [name]
    return found


def _modules_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stderr.split()}


def test_importing_loads_no_torch_and_no_arrays():
    assert not {"torch", "numpy", "transformers", "lance", "PIL"} & _modules_after("import lexiscope, lexiscope.core")


def test_help_loads_next_to_nothing():
    code = (
        "from lexiscope.cli.main import main\nsys.argv = ['lexiscope', '--help']\ntry: main()\nexcept SystemExit: pass"
    )
    heavy = {"torch", "numpy", "transformers", "lance", "PIL", "pydantic", "typer", "rich", "dataclasses", "inspect"}
    assert not heavy & _modules_after(code)
