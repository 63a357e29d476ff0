"""`SentenceProbes`: the same structure asked for in many ways, to see what a sentence does.

Sources of the sentence: the plain name, what each author wrote about the case, nothing at all, what was written about
another patient, the name of something else. And wordings: names that training never used, an instruction without one of
its sentences, with its places turned round, or growing from the name sentence by sentence.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lexiscope.core.case import Case
from lexiscope.language.instructions.instructions_of import instructions_of
from lexiscope.language.instructions.paraphrases import foreign_paraphrases, unseen_foreign, unseen_paraphrases
from lexiscope.language.instructions.probes import displaced, ladder, left_out, swapped

LABEL_NAME, NONE, SHUFFLED = "label-name", "none", "shuffled"
WRONG_STRUCTURE, UNSEEN_WORDING = "wrong structure", "unseen wording"
LEFT_OUT, DISPLACED, LADDER = "a sentence left out", "places changed", "ladder"
_FOREIGN = 6  # names of foreign structures that every case is asked for, and as many that training never asked for


@dataclass(frozen=True, slots=True)
class Asked:
    """One sentence that is asked, and what its mask is compared with.

    Args:
        kind: Source or probe; several sentences of one kind are averaged in each case.
        structure: Structure whose true mask the answer is compared with.
        sentence: The words; empty for nothing.
    """

    kind: str
    structure: str
    sentence: str


@dataclass(frozen=True)
class SentenceProbes:
    """Everything that is asked beyond the plain question. Use `SentenceProbes.of`.

    Args:
        names: Structure -> its plain name.
        unseen: Structure -> wordings that training never used.
        foreign: Names of structures of other examinations, some of which training never asked for.
        shuffled: Structure -> case -> what was written about another group's case.
    """

    names: Mapping[str, str]
    unseen: Mapping[str, Sequence[str]]
    foreign: Sequence[str]
    shuffled: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(
        cls, cases: Sequence[Case], *, names: Mapping[str, str], known: Mapping[str, Collection[str]], seed: int
    ) -> "SentenceProbes":
        """Probes of some cases.

        Args:
            cases: Measured cases; instructions are exchanged among them.
            names: Structure -> its plain name.
            known: Structure -> wordings that training used.
            seed: Seed of the exchange and of the foreign names.
        """
        sentences = [text for text in foreign_paraphrases(tuple(names)) if text.startswith("the ")]
        rng = np.random.default_rng(seed)
        drawn = [
            str(text)
            for texts in (sentences, unseen_foreign(tuple(names)))
            for text in rng.choice(texts, size=min(_FOREIGN, len(texts)), replace=False)
        ]
        return cls(
            names,
            {name: [text for text in unseen_paraphrases(name) if text not in known[name]] for name in names},
            sorted(drawn),
            {name: _shuffled(cases, name, seed=seed) for name in names},
        )

    def of_case(self, case: Case, structure: str, *, present: Collection[str]) -> list[Asked]:
        """Everything that is asked of a case about one structure.

        Args:
            case: The case.
            structure: A structure that it has.
            present: Modalities that are shown: what was written from others would tell of them.
        """
        return [
            Asked(LABEL_NAME, structure, self.names[structure]),
            Asked(NONE, structure, ""),
            *(Asked(author, structure, text) for author, text in self._written(case, structure, present)),
            *self._exchanged(case, structure),
            *(Asked(WRONG_STRUCTURE, structure, sentence) for sentence in self.wrong(structure)),
            *(Asked(UNSEEN_WORDING, structure, sentence) for sentence in self.unseen[structure]),
            *self._reworded(case, structure, present),
        ]

    def wrong(self, structure: str) -> list[str]:
        """Names of what is not meant: the other structures that were learned, then foreign ones."""
        return [*(name for other, name in self.names.items() if other != structure), *self.foreign]

    def _written(self, case: Case, structure: str, present: Collection[str]) -> Iterator[tuple[str, str]]:
        """The best instruction of each author."""
        passages = instructions_of(case, structure, present=present)
        for author in dict.fromkeys(passage.author for passage in passages):
            if author != LABEL_NAME:
                yield author, next(passage.text for passage in passages if passage.author == author)

    def _exchanged(self, case: Case, structure: str) -> Iterator[Asked]:
        other = self.shuffled[structure].get(case.id)
        if other is not None:
            yield Asked(SHUFFLED, structure, other)

    def _reworded(self, case: Case, structure: str, present: Collection[str]) -> Iterator[Asked]:
        text = next((text for _, text in self._written(case, structure, present)), None)
        if text is None:
            return
        yield from (Asked(LEFT_OUT, structure, rest) for rest in left_out(text).values())
        turned = displaced(text)
        if turned is not None:
            yield Asked(DISPLACED, structure, turned)
        _, *rungs = ladder(structure, text)
        yield from (Asked(f"{LADDER} {number}", structure, rung) for number, rung in enumerate(rungs, start=1))


def _shuffled(cases: Sequence[Case], structure: str, *, seed: int) -> dict[str, str]:
    written = {
        case.id: [passage.text for passage in instructions_of(case, structure) if passage.author != LABEL_NAME]
        for case in cases
    }
    texts = {name: said[0] for name, said in written.items() if said}
    return swapped(texts, {case.id: case.group for case in cases}, seed=seed)
