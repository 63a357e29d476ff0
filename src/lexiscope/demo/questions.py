"""`Question`: words to search with, whose right answers are known from the attributes of the searched cases."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lexiscope.core.case import Case, Scalar
from lexiscope.evaluate.search.agreement import categorical_attributes

_FEWEST_GROUPS = 3  # a question is asked when at least so many patients answer it
_COMMONEST = 0.5  # and when not so many cases do that any answer would be right
_LONGEST = 220  # characters of a text that becomes a question


@dataclass(frozen=True, slots=True)
class Question:
    """Words to search with, and what a right answer has.

    Args:
        words: Words of the query.
        wanted: Attribute -> value of a right answer.
        target: The case whose own text the words are; the only right answer when nothing is wanted.
    """

    words: str
    wanted: Mapping[str, Scalar] = field(default_factory=dict)
    target: str | None = None

    def fits(self, case: Case) -> bool:
        """Tell whether a case is a right answer."""
        if not self.wanted:
            return case.id == self.target
        return all(case.attributes.get(name) == value for name, value in self.wanted.items())


# In the order in which they are tried; the simulated cohort of a seed may not hold an answer to each.
_SIMULATED = (
    Question("a mass with surrounding oedema on the left side", {"kind": "mass with oedema", "side": "left"}),
    Question("white matter hyperintensities of small vessel disease", {"kind": "white matter hyperintensities"}),
    Question("old infarct with a fluid-filled cavity", {"kind": "old infarct"}),
    Question("severe atrophy with markedly enlarged ventricles", {"atrophy": "severe"}),
    Question("no focal lesion is seen", {"kind": "none"}),
    Question("a mass with surrounding oedema in the right hemisphere", {"kind": "mass with oedema", "side": "right"}),
    Question("a mass with surrounding oedema", {"kind": "mass with oedema"}),
    Question("lacunar infarct in the deep grey matter", {"kind": "lacune"}),
)


def simulated_questions(cases: Sequence[Case], *, n: int) -> list[Question]:
    """The first `n` questions that several patients among `cases` answer, and most do not."""
    return [question for question in _SIMULATED if _is_fair(question, cases)][:n]


def own_questions(cases: Sequence[Case], *, n: int) -> list[Question]:
    """Texts of `n` cases of different groups, spread over the cases; right is what has the attributes that they state.

    Where a text states none, right is the very case that it was written for.
    """
    firsts = list({case.group: case for case in reversed(list(cases)) if case.statements and case.images}.values())[
        ::-1
    ]
    names = stated_attributes(cases)
    step = max(1, len(firsts) // n)
    return [
        Question(
            _shorten(case.statements[0].text),
            {name: case.attributes[name] for name in names if _states(case, name)},
            target=case.id,
        )
        for case in firsts[::step][:n]
    ]


def stated_attributes(cases: Sequence[Case]) -> list[str]:
    """The attributes of few values that most texts put into words: what a search in words can be held to."""
    written = [case for case in cases if case.statements]
    names = categorical_attributes(cases)
    return [name for name in names if 2 * sum(_states(case, name) for case in written) > len(written)]


def _states(case: Case, name: str) -> bool:
    value = str(case.attributes.get(name, ""))
    words = rf"\b{re.escape(value)}\b"
    return bool(value) and any(re.search(words, passage.text, re.IGNORECASE) for passage in case.statements)


def _is_fair(question: Question, cases: Sequence[Case]) -> bool:
    right = [case for case in cases if question.fits(case)]
    return len({case.group for case in right}) >= _FEWEST_GROUPS and len(right) <= _COMMONEST * len(cases)


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(" ", 1)[0] + " …"
