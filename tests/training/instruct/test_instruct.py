"""Instruction tuning: what it learns from, what it leaves behind, and that a stopped run ends as one that was not."""

import json
import math
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lexiscope.core.errors import ModelError, TrainingError, UsageError
from lexiscope.core.turn import Turn
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.models import tiny_joint_space
from lexiscope.testing.speaking import TEACHING, make_speaking_corpus, save_language, tiny_language, tiny_model
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.instruct.instruct import instruct
from lexiscope.training.loop.log import read_metrics


def settings(language: str, **more: object) -> InstructConfig:
    base = {"language": language, "epochs": 1, "projector_epochs": 0, "reranker_epochs": 1, "side": 2, "batch": 16}
    return InstructConfig.of({**base, **more})


def written(model: Path) -> list[bytes]:
    return [file.read_bytes() for file in sorted((model / "assistant").rglob("*")) if file.name in _DECIDED]


_DECIDED = (
    "model.safetensors",
    "classifier.safetensors",
    "classifier.json",
    "mixture.json",
    "config.json",
    "tokenizer.json",
)


def test_a_trained_model_says_what_it_learned_from(taught: tuple[Corpus, ModelDirectory]) -> None:
    corpus, model = taught
    record = model.record("assistant")
    assert record["corpus"] == corpus.version
    assert record["joint"] == model.fingerprint
    assert record["trained_on"] == {"path": str(corpus.path), "version": corpus.version, "split": "train"}
    result = record["result"]
    assert result["examples"] == {"caption": 12, "closed": 12, "open": 12}
    assert result["cases"] == 12
    log = read_metrics(model.path / "training/instruct/language/metrics.jsonl")
    by_epoch = {line["epoch"]: line["validation"] for line in log if "validation" in line}
    assert result["validation"] == pytest.approx(by_epoch[result["best_epoch"]])  # of the weights that were kept
    assert result["validation"]["loss"] < 0.9 * by_epoch[0]["loss"]
    assert result["chance"] == pytest.approx(_entropy_of_answers(corpus, model))
    assert model.reranker() is not None
    assert model.classifier().answers.keys() >= {"yes", "no"}
    again = instruct(corpus, model.path, config=TEACHING)
    assert "already trained" in again.notes[-1]
    assert again.loss == result["loss"]


def _entropy_of_answers(corpus: Corpus, model: ModelDirectory) -> float:
    """Mean of -ln of how often each word piece occurs in the answers learned."""
    assistant = model.assistant()
    answers = [answer for case in corpus.cases("train") for answer in (*(t.answer for t in case.turns),
                                                                      *(p.text for p in case.texts))]  # fmt: skip
    pieces = Counter(piece for answer in answers for piece in assistant.answer_ids(answer))
    return -sum(count * math.log(count / pieces.total()) for count in pieces.values()) / pieces.total()


@pytest.mark.slow
def test_more_epochs_learn(tmp_path: Path, language: str) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 20)
    tiny_model(corpus, tmp_path / "model")
    config = settings(language, epochs=12, lr=1e-2, evidence=0, patience=None)
    result = instruct(corpus, tmp_path / "model", config=config)
    assert result.loss is not None
    assert result.chance is not None
    assert result.loss < 0.8 * result.chance


@pytest.mark.slow
def test_layers_computed_again_instead_of_kept_learn_the_same(tmp_path: Path, language: str) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 8)
    losses = []
    for name in ("kept", "again"):
        model = tiny_model(corpus, tmp_path / name)
        config = settings(language, evidence=0, lora=True, gradient_checkpointing=name == "again")
        losses.append(instruct(corpus, model.path, config=config).loss)
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)
    plain, saving = (settings(language, gradient_checkpointing=one) for one in (False, True))
    assert plain.key() == saving.key()  # so it may be set in the middle of a run


@pytest.mark.slow
def test_a_run_that_is_stopped_in_every_stage_ends_as_one_that_was_not(tmp_path: Path, language: str) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 12)
    config = _staged(language)
    for name in ("whole", "cut"):
        tiny_model(corpus, tmp_path / name)
    instruct(corpus, tmp_path / "whole", config=config)
    cuts, result = 0, None
    while result is None:
        steps = iter(range(3))

        def stop(done: int, total: int | None, what: str, steps=steps) -> None:
            if what == "steps of training" and next(steps) == 2:
                raise RuntimeError("power cut")

        try:
            result = instruct(corpus, tmp_path / "cut", config=config, progress=stop)
        except RuntimeError:
            cuts += 1
    assert cuts >= 5
    assert result.resumed_at > 0
    assert written(tmp_path / "cut") == written(tmp_path / "whole")


@pytest.mark.slow
def test_a_run_that_is_killed_in_every_stage_ends_as_one_that_was_not(tmp_path: Path, language: str) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 12)
    for name in ("whole", "cut"):
        tiny_model(corpus, tmp_path / name)
    instruct(corpus, tmp_path / "whole", config=_staged(language))
    command = [sys.executable, __file__, str(tmp_path), language]
    subprocess.run(command, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    ends = json.loads((tmp_path / "ends.json").read_text())
    assert len(ends) >= 5
    assert set(ends[:-1]) == {-signal.SIGKILL}
    assert ends[-1] == 0
    assert written(tmp_path / "cut") == written(tmp_path / "whole")


def _staged(language: str) -> InstructConfig:
    """Two steps of every re-ranker, three of the projector, six of the language model."""
    more = {
        "lora": True,
        "rank": 2,
        "reranker_epochs": 2,
        "projector_epochs": 1,
        "epochs": 2,
        "checkpoint_seconds": 0,
        "batch": 8,
    }
    return settings(language, **more)


@pytest.mark.slow
def test_other_settings_another_language_model_or_another_joint_space_start_again(
    tmp_path: Path, language: str
) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 8)
    model = tiny_model(corpus, tmp_path / "model")
    config = settings(language, evidence=0, lora=True, rank=2)
    instruct(corpus, model.path, config=config)
    runs = [model.record("assistant")["run"]]
    for change in ({"rank": 3}, {"seed": 1}, {"side": 1}):
        other = instruct(
            corpus, model.path, config=settings(language, **{"evidence": 0, "lora": True, "rank": 2, **change})
        )
        assert "started from the beginning" in other.notes[-1]
        runs.append(model.record("assistant")["run"])
    swapped = save_language(tiny_language(seed=9), tmp_path / "language")
    instruct(corpus, model.path, config=settings(swapped, evidence=0))
    runs.append(model.record("assistant")["run"])
    save_language(tiny_language(seed=10), tmp_path / "language")  # other weights of the same name
    instruct(corpus, model.path, config=settings(swapped, evidence=0))
    runs.append(model.record("assistant")["run"])
    views = model.views()
    model.save_joint(tiny_joint_space(views, seed=5), views=views, record=model.record())
    with pytest.raises(ModelError, match=r"trained on an earlier joint part.*lexiscope train instruct CORPUS --out"):
        model.assistant()
    instruct(corpus, model.path, config=settings(swapped, evidence=0))
    model.assistant()
    runs.append(model.record("assistant")["run"])
    assert len(set(runs)) == len(runs)


@pytest.mark.slow
def test_without_splits_all_is_learned_and_said(tmp_path: Path, language: str) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 8, turns=False)
    corpus.upsert([replace(case, split=None) for case in corpus])
    model = tiny_model(corpus, tmp_path / "model", split=None)
    result = instruct(corpus, model.path, config=settings(language))
    assert result.examples == {"caption": 8}
    assert result.best_epoch is None
    assert result.validation == {}
    assert "no splits" in result.notes[0]
    assert "the last epoch was kept" in result.notes[1]
    assert model.reranker() is not None
    assert model.mixture().open.evidence == 0
    assert model.classifier() is None


def test_one_group_leaves_nothing_to_retrieve(tmp_path: Path, language: str) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 8, captions=False)
    corpus.upsert([replace(case, group="one", split="train") for case in corpus])
    model = tiny_model(corpus, tmp_path / "model")
    result = instruct(corpus, model.path, config=settings(language))
    assert result.examples == {"closed": 8, "open": 8}
    assert "no split 'val' with examples" in result.notes[0]
    assert model.reranker() is None


def test_nothing_to_learn_says_what_to_do(tmp_path: Path, language: str) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 8, captions=False, turns=False)
    tiny_model(corpus, tmp_path / "model")
    with pytest.raises(TrainingError, match=r"with photo and questions or captions.*--as questions.*write captions"):
        instruct(corpus, tmp_path / "model", config=settings(language))


@pytest.mark.slow
def test_examples_too_long_for_the_language_model_are_left_out_and_counted(tmp_path: Path, language: str) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 8, captions=False)
    case = next(corpus.cases("train"))
    long = Turn("Why?", "because " * 400)
    corpus.upsert([replace(case, turns=(*case.turns, long, replace(long, question="why " * 400, answer="Yes")))])
    model = tiny_model(corpus, tmp_path / "model")
    result = instruct(corpus, model.path, config=settings(language, evidence=0))
    assert result.notes == ("2 examples longer than the language model reads were left out",)


def test_an_adapter_beside_random_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"an adapter needs a pretrained language model .*got 'tiny'"):
        instruct(tmp_path, tmp_path, config=InstructConfig(language="tiny", lora=True))


@pytest.mark.slow
def test_a_model_without_joint_space_is_aligned_first(tmp_path: Path, small_text: str, language: str) -> None:
    from lexiscope.training.align.config import AlignConfig

    corpus = make_speaking_corpus(tmp_path / "corpus", 12)
    align_config = AlignConfig(image="cnn", text=small_text, size=32, epochs=1, batch=12, unfreeze=False)
    result = instruct(corpus, tmp_path / "model", config=settings(language, evidence=0), align_config=align_config)
    assert "aligned first" in result.notes[0]
    assert "photo" in ModelDirectory(tmp_path / "model").assistant().config.branches


@pytest.mark.slow
@pytest.mark.weights
@pytest.mark.timeout(600)
def test_smollm2_learns_beside_an_adapter_and_comes_back(tmp_path: Path) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 8, captions=False)
    model = tiny_model(corpus, tmp_path / "model")
    config = InstructConfig(lora=True, rank=4, evidence=0, epochs=1, projector_epochs=0, batch=6, side=2)
    result = instruct(corpus, model.path, config=config)
    assert result.steps == 2
    assert result.loss is not None
    assert torch.isfinite(torch.tensor(result.loss))
    assert result.trained < 10e6
    assistant = model.assistant()
    with torch.no_grad():
        before = assistant(None, ["Is it odd?"], ["No"])[0]
        assistant.save_pretrained(tmp_path / "copy")
        after = type(assistant).from_pretrained(tmp_path / "copy")(None, ["Is it odd?"], ["No"])[0]
        merged = assistant.merged()(None, ["Is it odd?"], ["No"])[0]
    assert torch.equal(before, after)
    assert torch.allclose(before, merged, atol=1e-3)
    assert json.loads((tmp_path / "copy" / "config.json").read_text())["adapter"]["r"] == 4


def _killed_after_three_steps(folder: Path, language: str) -> int:
    """Exit status of a run in a process of its own, forked before anything but imports: torch is imported once."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    left = iter(range(3))

    def kill(done: int, total: int | None, what: str) -> None:
        if what == "steps of training" and next(left) == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        instruct(folder / "corpus", folder / "cut", config=_staged(language), progress=kill)
        os._exit(0)
    finally:  # never back into the parent's loop
        os._exit(1)


if __name__ == "__main__":  # runs that are killed after three steps of training, until one ends by itself
    torch.set_num_threads(1)
    statuses = [_killed_after_three_steps(Path(sys.argv[1]), sys.argv[2])]
    while statuses[-1] == -signal.SIGKILL:
        statuses.append(_killed_after_three_steps(Path(sys.argv[1]), sys.argv[2]))
    (Path(sys.argv[1]) / "ends.json").write_text(json.dumps(statuses))
