"""Sentences that are measured in the image that came: those that a corpus would have, from images alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.language.instructions.instructions_of import instructions_of
from lexiscope.language.instructions.kept_profiles import read_profiles
from lexiscope.language.instructions.settings import InstructionSettings
from lexiscope.language.instructions.write import write_instructions
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.parts.segmenter import SegmenterContent, Structure
from lexiscope.tasks.segment.delineate import Delineator, segment
from lexiscope.tasks.segment.delineate_request import DelineateRequest
from lexiscope.testing.masked import make_masked_corpus, tiny_segmenter
from lexiscope.testing.parts import RUN
from lexiscope.views.case_grid import CaseGrid


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    made = make_masked_corpus(tmp_path_factory.mktemp("masked") / "corpus", 10, volumes=True, size=16)
    write_instructions(made, InstructionSettings(writer="measured"))
    return Corpus.open(made.path)


def _model(path: Path, corpus: Corpus | None) -> ModelDirectory:
    """A segmenter that paints everything, with the profiles of a corpus or none."""
    structures = {name: Structure((f"the {name}",), threshold=0.0) for name in ("disc", "square")}
    known = {} if corpus is None else {name: one.to_dict() for name, one in read_profiles(corpus.path).items()}
    content = SegmenterContent(tiny_segmenter(), CaseGrid(channels={"t1": 1, "t2": 1}), (16, 16), structures, known)
    made = ModelDirectory(path)
    made.save("segmenter", content, record=RUN)
    return made


def _held_out(corpus: Corpus) -> Case:
    return next(corpus.cases("test"))


def test_the_sentence_is_that_of_a_corpus_and_its_structure_is_known(corpus: Corpus, tmp_path: Path) -> None:
    model, case = _model(tmp_path / "model", corpus), _held_out(corpus)
    chosen = {"structure": ("disc", "square"), "instruction_writer": "measured"}
    found = segment(model, case.id, corpus=corpus, **chosen)[0].value
    own = [instructions_of(case, name, author="measured")[0].text for name in ("disc", "square")]
    assert [one.sentence for one in found["masks"]] == own
    assert [one.structure for one in found["masks"]] == ["disc", "square"]
    assert not [note for note in found["notes"] if "far from" in note]
    (tmp_path / "scans").mkdir()
    for name, image in case.images.items():
        (tmp_path / "scans" / f"{name}.nii.gz").write_bytes(corpus.object_path(image).read_bytes())
    alone = segment(model, tmp_path / "scans", **chosen)[0].value
    assert [one.sentence for one in alone["masks"]] == own


def test_the_mask_of_the_case_tells_nothing(corpus: Corpus, tmp_path: Path) -> None:
    model, case = _model(tmp_path / "model", corpus), _held_out(corpus)
    other = next(one for one in corpus if one.id != case.id)
    given = Delineator.read(model, case.id, corpus=corpus)
    assert not given.prepared.masks
    assert set(given.voxels) <= {"t1", "t2"}
    told = _sentences(model, case.id, corpus)
    corpus.upsert([replace(case, masks={"disc": other.masks["disc"]})])
    try:
        assert _sentences(model, case.id, corpus) == told
    finally:
        corpus.upsert([case])


def test_a_model_that_never_learned_the_looks_says_so(corpus: Corpus, tmp_path: Path) -> None:
    model = _model(tmp_path / "model", None)
    with pytest.raises(UsageError, match="learned what disc looks like"):
        segment(model, _held_out(corpus).id, corpus=corpus, structure=("disc",), instruction_writer="measured")


def test_sentences_of_the_user_are_not_measured() -> None:
    with pytest.raises(UsageError, match="writes about a structure that is named"):
        DelineateRequest.of({"instruction": ("the bright disc",), "instruction_writer": "measured"})


def _sentences(model: ModelDirectory, case: str, corpus: Corpus) -> list[str]:
    found = segment(model, case, corpus=corpus, structure=("disc",), instruction_writer="measured")
    return [one.sentence for one in found[0].value["masks"]]
