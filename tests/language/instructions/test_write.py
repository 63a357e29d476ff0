"""No case's own mask reaches its sentences, nothing is written twice, and people can correct what was written."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.core import Passage
from lexiscope.core.errors import UsageError
from lexiscope.core.files import sha256_file
from lexiscope.corpus import Corpus
from lexiscope.corpus.corrections.caption import CorrectedCaption
from lexiscope.corpus.corrections.save import save_correction
from lexiscope.language.instructions import case_instructions, profile_book
from lexiscope.language.instructions.history import InstructionVersion, instruction_history
from lexiscope.language.instructions.instructions_of import instructions_of
from lexiscope.language.instructions.kept_profiles import read_profiles
from lexiscope.language.instructions.settings import InstructionSettings
from lexiscope.language.instructions.write import write_instructions
from lexiscope.testing import make_corpus
from lexiscope.testing.cases import _nifti

pytestmark = pytest.mark.slow


@pytest.fixture
def corpus(tmp_path):
    return make_corpus(tmp_path / "corpus", 16, volumes=True, missing=0.3, masks=True, size=24)


def _texts(corpus):
    return {case.id: [(text.text, text.modalities) for text in instructions_of(case, "spot")] for case in corpus}


def _refuse(*_):
    raise AssertionError("an image was read again")


def _remask(corpus, chosen, voxels):
    """Give the cases of some splits another mask."""
    file = _nifti(voxels.astype(np.uint8))
    path = corpus.path / "new.nii.gz"
    path.write_bytes(file.origin.data)
    content = sha256_file(path)
    corpus.keep_object(path, content=content, image_format="nifti")
    path.unlink()
    cases = [case for case in corpus if chosen(case)]
    corpus.upsert([replace(case, masks={"spot": replace(case.masks["spot"], content=content)}) for case in cases])
    return [case.id for case in cases]


def test_each_image_is_described_alone_and_all_of_them_together(corpus):
    counted: list[int] = []
    report = write_instructions(
        corpus, progress=lambda done, _of, what: counted.append(done) if what == "cases written about" else None
    )
    assert counted == list(range(1, 17))  # a language model may need a minute for each
    assert (report.cases, report.silent, report.author) == (16, 0, "measured")
    assert report.structures["spot"]["cases"] == 16
    assert report.structures["spot"]["clear"] >= 14
    for case in corpus:
        told = instructions_of(case, "spot")
        assert told[0].modalities == tuple(sorted(case.images))
        assert {text.modalities for text in told[1:]} == ({(name,) for name in case.images} if len(told) > 1 else set())
        assert all((text.author, text.column) == ("measured", "spot") for text in told)
    assert report.instructions == sum(len(instructions_of(case, "spot")) for case in corpus)


def test_sides_agree_with_the_truth_that_nobody_told(corpus):
    write_instructions(corpus)
    held_out = [case for case in corpus if case.split != "train"]
    right = [f"in the {case.attributes['side']} t" in instructions_of(case, "spot")[0].text for case in held_out]
    assert len(right) >= 4
    assert np.mean(right) >= 0.75


def test_masks_of_held_out_cases_change_no_instruction(corpus, tmp_path):
    write_instructions(corpus)
    before = _texts(corpus)
    other = np.zeros((6, 24, 24), bool)
    other[:2, :5, :5] = True
    assert _remask(corpus, lambda case: case.split != "train", other)
    corpus.upsert([replace(case, masks={}) for case in corpus if case.split == "test"])
    (corpus.path / "instructions.jsonl").unlink()
    report = write_instructions(corpus)
    assert report.kept == 0
    assert report.updated == 0
    assert _texts(corpus) == before


def test_a_mask_of_train_never_changes_what_is_said_of_its_own_case(corpus):
    write_instructions(corpus)
    before = _texts(corpus)
    group = next(case.group for case in corpus if case.split == "train")
    other = np.zeros((6, 24, 24), bool)
    other[:2, :5, :5] = True
    changed = _remask(corpus, lambda case: case.group == group, other)
    write_instructions(corpus)
    after = _texts(corpus)
    assert [after[name] for name in changed] == [before[name] for name in changed]
    assert read_profiles(corpus.path)["spot"].key  # while what others read was learned anew
    book = profile_book.ProfileBook(profile_book.CorpusPart(corpus, "train"), ("spot",))
    assert book.key("spot", group) != book.key("spot", None)


def test_a_second_run_looks_at_nothing(corpus, monkeypatch):
    first = write_instructions(corpus)
    version = corpus.version

    monkeypatch.setattr(case_instructions, "read_case_images", _refuse)
    monkeypatch.setattr(profile_book, "read_case_images", _refuse)
    second = write_instructions(corpus.path)
    assert (second.kept, second.updated, second.failed) == (16, 0, {})
    assert (second.instructions, second.structures) == (first.instructions, first.structures)
    assert Corpus.open(corpus.path).version == version


def test_after_a_rebuild_the_kept_sentences_come_back_unread(corpus, monkeypatch):
    write_instructions(corpus)
    before = _texts(corpus)
    corpus.upsert([replace(case, texts=case.statements) for case in corpus])
    monkeypatch.setattr(case_instructions, "read_case_images", _refuse)
    assert write_instructions(corpus).updated == 16
    assert _texts(corpus) == before


def test_writers_stand_beside_each_other_and_replace_their_own(corpus):
    write_instructions(corpus)
    report = write_instructions(corpus, InstructionSettings(writer="label-name"))
    case = next(iter(corpus))
    assert [text.text for text in instructions_of(case, "spot", author="label-name")] == ["the spot"]
    assert instructions_of(case, "spot", author="measured")
    assert report.structures == {"spot": {"cases": 16}}
    assert write_instructions(corpus).updated == 0


def test_a_mask_without_a_name_gets_the_only_one_that_is_asked_for(corpus):
    corpus.upsert([replace(case, masks={"mask": replace(case.masks["spot"], modality="mask")}) for case in corpus])
    report = write_instructions(corpus, InstructionSettings(structures=("tumour",)))
    assert report.renamed == {"mask": "tumour"}
    assert report.lines()[0] == "masks named 'mask' are named 'tumour' now"
    case = next(iter(corpus))
    assert list(case.masks) == ["tumour"]
    assert case.provenance.steps[-1] == "mask 'mask' named 'tumour'"
    assert instructions_of(case, "tumour")
    again = write_instructions(corpus, InstructionSettings(structures=("tumour",)))
    assert (again.renamed, again.updated) == ({}, 0)
    renamed = write_instructions(corpus, InstructionSettings(structures=("lesion=tumour",), writer="label-name"))
    assert renamed.renamed == {"tumour": "lesion"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"structures": ("spots",)}, "expected masks of 'spots' .* found those of spot. Did you mean 'spot'"),
        ({"writer": "measurd"}, "unknown writer of instructions 'measurd'. Available: assistant, human"),
        ({"column": "note"}, "--column does not belong to --with measured"),
        ({"model": "smollm2"}, "--model does not belong to --with measured"),
        ({"writer": "human"}, "--with human takes either --column NAME or --sheet-in FILE"),
        ({"writer": "human", "column": "note", "structures": ("spot",)}, "expected texts in the column .* 'note'"),
        ({"writer": "human", "column": "note"}, "name it with --structure, got 0 of them"),
        ({"learned_from": "nowhere"}, "expected structures.json in nowhere, found none"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_changes(corpus, settings, message):
    version = corpus.version
    with pytest.raises(UsageError, match=message):
        write_instructions(corpus, InstructionSettings.of(settings))
    assert Corpus.open(corpus.path).version == version


def test_without_masks_nothing_is_measured_but_names_are_written(tmp_path):
    corpus = make_corpus(tmp_path / "bare", 4)
    with pytest.raises(UsageError, match=r"expected masks in .*bare, found none; build the corpus with its masks"):
        write_instructions(corpus, InstructionSettings(structures=("disc",)))
    report = write_instructions(corpus, InstructionSettings(structures=("disc",), writer="label-name"))
    assert report.cases == 4


def test_what_one_corpus_taught_describes_another(corpus, tmp_path):
    write_instructions(corpus)
    new = make_corpus(tmp_path / "new", 4, volumes=True, size=24, seed=5)
    settings = InstructionSettings(structures=("spot",), learned_from=corpus.path)
    report = write_instructions(new, settings)
    assert report.structures["spot"] == {"cases": 4, "clear": 4}
    assert not (new.path / "structures.json").exists()
    unknown = InstructionSettings(structures=("crack",), learned_from=corpus.path)
    with pytest.raises(UsageError, match=r"expected crack among the structures of .*corpus, which knows spot"):
        write_instructions(new, unknown)


def test_one_group_cannot_teach_itself(tmp_path):
    corpus = make_corpus(tmp_path / "one", 2, volumes=True, masks=True, size=24)
    with pytest.raises(UsageError, match="expected masks of spot in two groups of the split 'train'"):
        write_instructions(corpus)


def test_a_corpus_without_splits_is_split_before_anything_is_learned(tmp_path):
    corpus = make_corpus(tmp_path / "c", 20, volumes=True, masks=True, size=16)
    corpus.upsert([replace(case, split=None) for case in corpus])
    report = write_instructions(corpus)
    assert report.notes[0].startswith("the corpus had no splits, so its groups were dealt out: test")
    assert {case.split for case in corpus} == {"train", "val", "test"}


def test_a_sheet_goes_out_is_corrected_and_comes_back(corpus, tmp_path):
    write_instructions(corpus)
    sheet = tmp_path / "sheet.csv"
    version = corpus.version
    report = write_instructions(corpus, InstructionSettings(sheet_out=sheet))
    assert report.lines() == [f"16 lines in {sheet}; fill in the column 'text', then: --with human --sheet-in"]
    assert corpus.version == version
    with sheet.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[0]["structure"] == "spot"
    assert rows[0]["author"] == "measured"
    rows[0]["text"] = "Outline the spot beside the ventricle."
    with sheet.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, rows[0].keys())
        table.writeheader()
        table.writerows(rows)
    report = write_instructions(corpus, InstructionSettings(writer="human", sheet_in=sheet))
    assert (report.cases, report.silent) == (1, 15)
    told = instructions_of(corpus[rows[0]["case"]], "spot")
    assert (told[0].author, told[0].text) == ("human", "Outline the spot beside the ventricle.")
    assert told[0].modalities == tuple(rows[0]["modalities"].split("; "))
    assert write_instructions(corpus, InstructionSettings(writer="human", sheet_in=sheet)).updated == 0
    sheet.write_text(sheet.read_text(encoding="utf-8").replace("beside the ventricle", "at the wall"), encoding="utf-8")
    write_instructions(corpus, InstructionSettings(writer="human", sheet_in=sheet))
    human = [one for one in instruction_history(corpus) if one.author == "human"]
    assert [(one.case, one.text, one.in_force) for one in human] == [
        (rows[0]["case"], "Outline the spot beside the ventricle.", False),
        (rows[0]["case"], "Outline the spot at the wall.", True),
    ]


def test_the_history_keeps_what_was_replaced_and_says_who_wrote_it_and_when(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 2, volumes=True, masks=True, size=16)
    first, second = "case-0000", "case-0001"
    theirs = Passage("instruction", "A spot of long ago.", "label-name", "spot")
    corpus.upsert([replace(corpus[second], texts=(theirs,))])
    named = InstructionSettings(writer="label-name")
    write_instructions(corpus, named)
    write_instructions(corpus, named)  # says the same, so nothing is noted
    save_correction(corpus, first, CorrectedCaption("The bright spot.", instead_of="the spot"), by="Ann")
    corpus = Corpus.open(corpus.path)
    write_instructions(corpus, named)
    shown = CliRunner().invoke(app, ["corpus", "list", str(corpus.path), "--history"]).stdout.splitlines()
    assert f"{second} | spot | label-name | before | earlier | A spot of long ago." in shown
    assert sum("| in force |" in line for line in shown) == 2
    told = sorted(instruction_history(corpus), key=lambda one: one.case)
    told = [replace(one, time=one.time and "then") for one in told]
    name = InstructionVersion(first, "spot", "the spot", "label-name", time="then")
    bright = replace(name, text="The bright spot.", author="human", by="Ann", correction=1, instead_of="the spot")
    old = InstructionVersion(second, "spot", theirs.text, "label-name")
    assert told == [name, replace(bright, in_force=True), old, replace(name, case=second, in_force=True)]
    write_instructions(corpus, InstructionSettings(writer="human", column="side", structures=("spot",)))
    assert {one.text for one in instruction_history(corpus) if one.in_force and one.case == first} == {
        "The bright spot.",
        corpus[first].attributes["side"],
    }


def test_a_sheet_that_nobody_filled_in_is_an_error(corpus, tmp_path):
    sheet = tmp_path / "sheet.csv"
    write_instructions(corpus, InstructionSettings(sheet_out=sheet))
    settings = InstructionSettings(writer="human", sheet_in=sheet)
    with pytest.raises(UsageError, match=r"expected something to be told of spot .* by human, got nothing"):
        write_instructions(corpus, settings)
    sheet.write_text("case,structure,text\nnobody,spot,Look.\n")
    with pytest.raises(UsageError, match=r"speaks of the case 'nobody', which .* does not have"):
        write_instructions(corpus, settings)
    sheet.write_text("case,text\na,b\n")
    with pytest.raises(UsageError, match="structure is missing; make a table with --sheet-out"):
        write_instructions(corpus, settings)


def test_a_sheet_about_some_cases_leaves_what_a_person_wrote_about_others(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 3, volumes=True, masks=True, size=16)
    write_instructions(corpus, InstructionSettings(writer="label-name"))
    save_correction(corpus, "case-0002", CorrectedCaption("Corrected on its page.", instead_of="the spot"))
    sheet = tmp_path / "sheet.csv"
    settings = InstructionSettings(writer="human", sheet_in=sheet)

    def told(*lines: str) -> dict[str, str]:
        sheet.write_bytes("\r\n".join(("case;structure;modalities;author;text", *lines, ";;;;")).encode("cp1252"))
        write_instructions(Corpus.open(corpus.path), settings)
        passages = ((case.id, instructions_of(case, "spot")[0]) for case in Corpus.open(corpus.path))
        return {case: passage.text for case, passage in passages if passage.author == "human"}

    on_its_page = {"case-0002": "Corrected on its page."}
    first = told("case-0000;spot;;;Größer als sonst.")
    assert first == {"case-0000": "Größer als sonst.", **on_its_page}
    assert told("case-0001;spot;;;Small.") == {**first, "case-0001": "Small."}
    assert told("case-0000;spot;;;") == {"case-0001": "Small.", **on_its_page}
    taken_back = [one for one in instruction_history(Corpus.open(corpus.path)) if one.author == "human"]
    assert [(one.case, one.text, one.in_force) for one in sorted(taken_back, key=lambda one: one.case)] == [
        ("case-0000", "Größer als sonst.", False),
        ("case-0000", "", False),
        ("case-0001", "Small.", True),
        ("case-0002", "Corrected on its page.", True),
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("case-0000,sport,Look.", r"speaks of the structure 'sport' of case 'case-0000', and .* has spot"),
        ("case-0000,spot,One.\ncase-0000,spot,Two.", r"several lines about 'spot' of case 'case-0000'; join them"),
    ],
)
def test_lines_of_a_sheet_that_would_be_lost_are_refused(corpus, tmp_path, lines, message):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"case,structure,text\n{lines}\n")
    with pytest.raises(UsageError, match=message):
        write_instructions(corpus, InstructionSettings(writer="human", sheet_in=sheet))


def test_a_column_of_a_person_becomes_instructions(corpus):
    first = next(iter(corpus))
    note = Passage("report", "The spot by the left wall.", column="note")
    corpus.upsert([replace(first, texts=(*first.texts, note))])
    settings = InstructionSettings(writer="human", column="note", structures=("spot",))
    assert write_instructions(corpus, settings).cases == 1
    assert instructions_of(corpus[first.id], "spot")[0].text == "The spot by the left wall."
