"""Corpora that tell a segmenter in one way alone what to look for; for `segmentation.py`."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

from lexiscope.core.case import Case
from lexiscope.core.passage import Passage
from lexiscope.corpus import Corpus
from lexiscope.language.instructions.instructions_of import instructions_of
from lexiscope.language.instructions.probes import swapped

SIMULATED = "simulated"
SILENT = ("label-name", "none")  # sources without instructions
MUTE = "mute-tower"
_CASES = 60  # of the simulated corpus
_SHARED = (".views", ".features")  # what depends on images and masks alone is computed once for all


def authors_of(corpus: Corpus) -> tuple[str, ...]:
    """Who wrote instructions about the cases, but for the names of structures."""
    passages = (passage for case in corpus for passage in case.texts if passage.kind == "instruction")
    return tuple(sorted({passage.author for passage in passages} - {"label-name"}))


def sourced_corpus(corpus: Corpus, folder: Path, source: str) -> Corpus:
    """A copy of a corpus whose instructions are those of one source; images are the same files.

    Args:
        corpus: The corpus.
        folder: Folder of the copies.
        source: "label-name" and "none" leave no instructions; "shuffled" gives each case those of another group of its
            split; an author leaves that one's.
    """
    path = folder / f"{source.replace('/', '-')}-{corpus.version[:12]}"
    if (path / "made").is_file():
        return Corpus.open(path)
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(corpus.path, path, copy_function=_linked, ignore=shutil.ignore_patterns(*_SHARED, "made"))
    for name in _SHARED:
        (corpus.path / name).mkdir(exist_ok=True)
        (path / name).symlink_to((corpus.path / name).resolve(), target_is_directory=True)
    copied = Corpus.open(path)
    cases = list(copied)
    exchanged = _exchanged(cases) if source == "shuffled" else {}
    copied.upsert([_told(case, source, exchanged) for case in cases])
    (path / "made").touch()
    return Corpus.open(path)


def simulated(work: Path) -> Corpus:
    """Discs and squares in two sequences, one of them missing now and then, with measured instructions.

    Args:
        work: Folder that keeps the corpus between runs.
    """
    from lexiscope.language.instructions.settings import InstructionSettings
    from lexiscope.language.instructions.write import write_instructions
    from lexiscope.testing.masked import make_masked_corpus

    path = work / SIMULATED
    if not (path / "made").is_file():
        shutil.rmtree(path, ignore_errors=True)
        write_instructions(make_masked_corpus(path, _CASES, size=48), InstructionSettings(writer="measured"))
        (path / "made").touch()
    return Corpus.open(path)


def mute_tower(folder: Path) -> Path:
    """A text tower for which every sentence is the same: it reads no word of any."""
    from lexiscope.models.text import save_tokenizer
    from lexiscope.models.text_scratch import text_from_scratch

    if not (folder / "tokenizer.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        tower = text_from_scratch(["nothing"], vocabulary=300, width=384, depth=1, heads=1, max_tokens=2)
        tower.model.save_pretrained(folder)
        save_tokenizer(tower.tokenizer, folder)
    return folder


def _told(case: Case, source: str, exchanged: dict[tuple[str, str], str]) -> Case:
    others = [passage for passage in case.texts if passage.kind != "instruction"]
    told = [passage for passage in case.texts if passage.kind == "instruction" and passage.author == source]
    if source == "shuffled":
        told = [
            Passage("instruction", exchanged[case.id, name], "shuffled", name)
            for name in case.masks
            if (case.id, name) in exchanged
        ]
    return replace(case, texts=(*others, *told))


def _exchanged(cases: list[Case]) -> dict[tuple[str, str], str]:
    """(case, structure) -> what was written about a case of another group in the same split."""
    found: dict[tuple[str, str], str] = {}
    for split in {case.split for case in cases}:
        of_split = [case for case in cases if case.split == split]
        for name in {name for case in of_split for name in case.masks}:
            written = {
                case.id: [p.text for p in instructions_of(case, name) if p.author != "label-name"] for case in of_split
            }
            texts = {case: said[0] for case, said in written.items() if said}
            groups = {case.id: case.group for case in of_split}
            found |= {(case, name): text for case, text in swapped(texts, groups).items()}
    return found


def _linked(source: str, target: str) -> None:
    """Image files never change, so that copies share them; everything else is copied."""
    if Path(source).parent.parent.name == "objects":
        os.link(source, target)
    else:
        shutil.copy2(source, target)
