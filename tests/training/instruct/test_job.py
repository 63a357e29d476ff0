"""What instruction tuning learns from, and what decides a run."""

from dataclasses import replace
from pathlib import Path

import pytest

from lexiscope.core.errors import TrainingError
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.speaking import make_speaking_corpus, tiny_model
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.instruct.job import prepare_instruction


@pytest.fixture(scope="module")
def model(speaking: Corpus, tmp_path_factory: pytest.TempPathFactory) -> ModelDirectory:
    return tiny_model(speaking, tmp_path_factory.mktemp("model") / "model")


def kinds(examples) -> dict[str, int]:
    found = [example.kind for example in examples]
    return {kind: found.count(kind) for kind in set(found)}


def test_turns_and_captions_of_train_are_learned_and_those_of_val_held_out(
    speaking: Corpus, model: ModelDirectory
) -> None:
    job = prepare_instruction(speaking, model, InstructConfig())
    n = speaking.count("train")
    assert kinds(job.examples) == {"closed": n, "open": n, "caption": n}
    assert {one.case.split for one in job.examples} == {"train"}
    assert {one.case.split for one in job.held_out} == {"val"}
    assert job.notes == []
    assert job.record == {"joint": model.fingerprint}


def test_some_of_each_case_are_drawn_by_the_seed(speaking: Corpus, model: ModelDirectory) -> None:
    drawn = [
        [(one.case.id, one.kind) for one in prepare_instruction(speaking, model, config).examples]
        for config in (InstructConfig(per_case=1), InstructConfig(per_case=1), InstructConfig(per_case=1, seed=1))
    ]
    assert len(drawn[0]) == len({case for case, _ in drawn[0]}) == speaking.count("train")
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_joint_space_and_the_language_model_decide_a_run(
    speaking: Corpus, model: ModelDirectory, language: str, tmp_path: Path
) -> None:
    scratch = prepare_instruction(speaking, model, InstructConfig()).identity()
    pretrained = prepare_instruction(speaking, model, InstructConfig(language=language)).identity()
    assert scratch == {"joint": model.fingerprint, "language": "tiny"}
    assert pretrained["language"] not in ("tiny", language)  # its weights, wherever they lie
    other = tiny_model(speaking, tmp_path / "model", fusion="early")
    assert prepare_instruction(speaking, other, InstructConfig()).identity()["joint"] != scratch["joint"]


def test_a_corpus_without_splits_says_so(tmp_path: Path) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 6)
    corpus.upsert([replace(case, split=None) for case in corpus])
    job = prepare_instruction(corpus, tiny_model(corpus, tmp_path / "model"), InstructConfig())
    assert kinds(job.examples)["caption"] == 6
    assert [note.split(",")[0] for note in job.notes] == ["the corpus has no splits", "no split 'val' with examples: "
                                                          "the last epoch was kept"]  # fmt: skip


def test_nothing_to_learn_says_what_to_do(speaking: Corpus, model: ModelDirectory, tmp_path: Path) -> None:
    silent = make_speaking_corpus(tmp_path / "corpus", 6, captions=False, turns=False)
    with pytest.raises(TrainingError, match=r"questions or captions in the split 'train' of .*write captions"):
        prepare_instruction(silent, model, InstructConfig())
