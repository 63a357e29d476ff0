"""`CaseInstructions`: the instructions of one case after another, each written once and kept by what it depends on."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial

from lexiscope.core.case import Case
from lexiscope.core.errors import LanguageModelError, SourceError
from lexiscope.core.files import sha256_json
from lexiscope.core.image import Image
from lexiscope.core.passage import Passage
from lexiscope.corpus.store import Corpus
from lexiscope.language.clients.structured import UnreadableError
from lexiscope.language.instructions.case_images import images_key, read_case_images
from lexiscope.language.instructions.history import InstructionHistory
from lexiscope.language.instructions.instruction_writer import InstructionWriter
from lexiscope.language.instructions.profile import StructureProfile
from lexiscope.language.instructions.profiles import Profiles
from lexiscope.language.instructions.subject import Instruction, StoredPixels, Subject
from lexiscope.language.keyed_lines import KeyedLines
from lexiscope.language.replaced_passages import with_passages
from lexiscope.sources.pixels import read_pixels

FILE = "instructions.jsonl"
_GIVE_UP_AFTER = 12  # cases without an answer, one after another: then the server is gone, or never was there
_EXAMPLES = 3

_Written = dict[str, list[Instruction]]


class CaseInstructions:
    """Gives cases their instructions; what was written before from the same contents is not written again.

    Args:
        corpus: Corpus of the cases; keeps what was written.
        writer: Who writes.
        structures: Names of the structures.
        profiles: What they look like; None for a writer that needs no profiles.
    """

    def __init__(
        self, corpus: Corpus, writer: InstructionWriter, structures: Sequence[str], profiles: Profiles | None
    ) -> None:
        self.failed: dict[str, str] = {}
        self.cases = self.passages = self.kept = self.silent = 0
        self.about: dict[str, Counter[str]] = {name: Counter(cases=0) for name in structures}
        self.examples: dict[str, list[str]] = {name: [] for name in structures}
        self._corpus = corpus
        self._writer = writer
        self._structures = tuple(structures)
        self._profiles = profiles
        self._lines = KeyedLines(corpus.path, FILE)
        identity = writer.identity
        self._history = InstructionHistory(corpus, writer.author, None if identity is None else sha256_json(identity))
        self._in_a_row = 0

    def with_instructions(self, cases: Iterable[Case]) -> Iterator[Case]:
        """The cases with their instructions; one that failed stays as it was.

        Args:
            cases: Cases of the corpus.

        Raises:
            LanguageModelError: no case gets an answer any more.
        """
        pool = ThreadPoolExecutor(self._writer.max_concurrent)
        try:
            asked = [(case, self._asked(pool, case) if case.images else None) for case in cases]
            for case, future in asked:
                yield case if future is None else self._answered(case, future)
            self._history.save()  # before the rows have them
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _asked(self, pool: ThreadPoolExecutor, case: Case) -> "Future[_Written]":
        """Look up what was written of a case, and have the rest written."""
        keys = self._keys(case)
        kept = {name: found for name, key in keys.items() if (found := self._lines.get(key)) is not None}
        self.kept += len(kept) == len(self._structures)
        known = {name: [_instruction(one) for one in found["written"]] for name, found in kept.items()}
        missing = [name for name in self._structures if name not in known]
        # Profiles are learned here, in one thread, before several write.
        profiles = {name: self._profile(name, case.group) for name in missing}
        subject = Subject(
            case.id,
            tuple(sorted(case.images)),
            profiles,
            cache(partial(read_case_images, self._corpus, case.images)),
            partial(_read_stored, self._corpus, case.images),
            images_key(case.images),
        )
        return pool.submit(self._write, subject, known, keys)

    def _write(self, subject: Subject, known: _Written, keys: Mapping[str, str]) -> _Written:
        if not subject.structures:
            return known
        written = {name: list(said) for name, said in self._writer.write(subject).items()}
        for name in subject.structures if keys else ():
            self._lines.add(keys[name], {"written": [_record(one) for one in written.get(name, ())]})
        return known | written

    def _answered(self, case: Case, future: "Future[_Written]") -> Case:
        try:
            written = future.result()
        except (LanguageModelError, SourceError) as error:
            self.failed[case.id] = str(error)
            self._in_a_row += isinstance(error, LanguageModelError) and not isinstance(error, UnreadableError)
            if self._in_a_row >= _GIVE_UP_AFTER:
                raise
            return case
        self._in_a_row = 0
        self._count({name: written[name] for name in self._structures if written.get(name)})
        passages = [
            Passage("instruction", one.text, self._writer.author, name, modalities=one.modalities)
            for name in self._structures
            for one in written.get(name, ())
        ]
        for name in self._structures:
            before, now = (
                [one for one in texts if one.column == name] for texts in (filter(self._is_own, case.texts), passages)
            )
            self._history.note(case.id, name, before, now)
        return with_passages(case, passages, replacing=self._is_own)

    def _is_own(self, passage: Passage) -> bool:
        return (
            passage.kind == "instruction"
            and passage.author == self._writer.author
            and passage.column in self._structures
        )

    def _count(self, written: _Written) -> None:
        self.cases += bool(written)
        self.silent += not written
        for name, said in written.items():
            self.passages += len(said)
            self.about[name]["cases"] += 1
            if self._writer.learns:
                self.about[name]["clear"] += said[-1].clear
            if len(self.examples[name]) < _EXAMPLES and said[-1].clear:
                self.examples[name].append(said[-1].text)

    def _keys(self, case: Case) -> dict[str, str]:
        """Structure -> hash of all that its instructions depend on; none where they are read anew each time."""
        identity = self._writer.identity
        if identity is None:
            return {}
        contents = images_key(case.images)
        return {
            name: sha256_json(
                [identity, contents, name, self._profiles.key(name, case.group) if self._profiles else ""]
            )
            for name in self._structures
        }

    def _profile(self, structure: str, group: str) -> StructureProfile | None:
        return self._profiles.profile(structure, group) if self._profiles else None


def _read_stored(corpus: Corpus, images: Mapping[str, Image], modality: str) -> StoredPixels:
    return read_pixels(corpus.object_path(images[modality])), images[modality].spacing


def _record(instruction: Instruction) -> dict[str, object]:
    return {"text": instruction.text, "modalities": list(instruction.modalities), "clear": instruction.clear}


def _instruction(record: Mapping[str, object]) -> Instruction:
    modalities = record["modalities"]
    assert isinstance(modalities, list)
    return Instruction(str(record["text"]), tuple(map(str, modalities)), bool(record["clear"]))
