"""A merged model answers as the one with the adapter did, and is a model like any other."""

import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.core.errors import ModelError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.answer import ask
from lexiscope.testing.speaking import make_speaking_corpus, save_language, tiny_language, tiny_model
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.instruct.instruct import instruct
from lexiscope.training.instruct.merge import merge

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, ModelDirectory]:
    folder = tmp_path_factory.mktemp("adapted")
    corpus = make_speaking_corpus(folder / "corpus", 20)
    model = tiny_model(corpus, folder / "model")
    language = save_language(tiny_language(), folder / "language")
    config = InstructConfig(
        language=language, lora=True, rank=4, lr=0.01, epochs=2, reranker_epochs=1, projector_epochs=0, side=2
    )
    instruct(corpus, model.path, config=config)
    return corpus, model


@pytest.mark.slow
def test_logits_are_the_same_with_the_adapter_merged_and_after_a_round_trip(
    adapted: tuple[Corpus, ModelDirectory], tmp_path: Path
) -> None:
    _, model = adapted
    made = merge(model, tmp_path / "merged")
    before, after = model.assistant(), made.assistant()
    ids = torch.arange(5, 25)[None]
    with torch.no_grad():
        one, two = before.language(ids).logits, after.language(ids).logits
        bare = merged_nothing(before).language(ids).logits
    assert (bare - one).abs().max() > 0.01  # the adapter does something
    assert torch.allclose(one, two, atol=1e-4)
    assert after.config.adapter is None
    assert not [name for name, _ in after.named_parameters() if "lora" in name]
    after.save_pretrained(tmp_path / "copy")
    with torch.no_grad():
        assert torch.equal(type(after).from_pretrained(tmp_path / "copy").language(ids).logits, two)


def merged_nothing(assistant):
    """The assistant with an adapter that adds nothing."""
    for name, weight in assistant.language.named_parameters():
        if "lora_B" in name:
            weight.data.zero_()
    return assistant


@pytest.mark.slow
def test_a_merged_model_is_asked_like_any_other(adapted: tuple[Corpus, ModelDirectory], tmp_path: Path) -> None:
    corpus, model = adapted
    done = CliRunner().invoke(app, ["train", "merge", str(model.path), "--out", str(tmp_path / "merged")])
    assert done.exit_code == 0, done.output
    assert str(tmp_path / "merged") in done.output
    given = [ask(path, "case-0008", "Is it odd?", corpus=corpus)[0] for path in (model.path, tmp_path / "merged")]
    assert given[0].value == given[1].value
    assert given[0].score == pytest.approx(given[1].score, abs=1e-4)
    assert [one.case for one in given[0].evidence] == [one.case for one in given[1].evidence]
    record = json.loads((tmp_path / "merged/assistant/record.json").read_text())
    assert record["merged_from"]["run"] == model.record("assistant")["run"]
    assert not (tmp_path / "merged" / "training").exists()


def test_what_cannot_be_merged_says_why(taught, adapted, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"with an adapter in .*, got one without"):
        merge(taught[1], tmp_path / "out")
    with pytest.raises(UsageError, match="exists already"):
        merge(adapted[1], tmp_path)
    with pytest.raises(ModelError, match="no assistant part"):
        merge(tmp_path / "nothing", tmp_path / "out")
    assert not (tmp_path / "out").exists()
