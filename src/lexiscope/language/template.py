"""`TemplateWriter`: several differently worded sentences from the attributes of a case.

A model that is trained on one template learns the template. So order, wording, what is mentioned and how numbers are
rounded all vary, and all of it follows from the seed and the case's id alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lexiscope.core.case import Case, Scalar
from lexiscope.core.errors import UsageError
from lexiscope.core.files import sha256_json
from lexiscope.core.passage import Passage

AUTHOR = "lexiscope-template"

_OPENINGS = ("", "Imaging study: ", "Case with ", "This examination shows a case with ", "Known: ")
_OF_WORDS = ("{name} {value}", "{name}: {value}", "{value} ({name})", "{name} recorded as {value}")
_OF_NUMBERS = ("{name} {value}", "{name}: {value}", "{name} of {value}")
_OF_TRUTHS = {True: ("{name}", "{name}: yes", "{name} present"), False: ("no {name}", "{name}: no", "without {name}")}
_AGES = ("aged {value}", "{value} years old", "age {value}")
_MEN, _WOMEN = ("man", "male patient", "sex male"), ("woman", "female patient", "sex female")
_SEXES = {"m": _MEN, "male": _MEN, "f": _WOMEN, "female": _WOMEN}
_TRIES = 8  # draws for a sentence that reads unlike those before


@dataclass(frozen=True, slots=True)
class TemplateWriter:
    """Writes sentences from attributes.

    Args:
        attributes: Which to write about; all that a case has when None.
        sentences: How many for each case; fewer where the attributes allow no more that differ.
        dropout: Chance that a sentence leaves an attribute out; one is always kept.
        seed: With the case's id, the only source of chance.

    Raises:
        UsageError: no sentence, or a dropout outside [0, 1).

    Example:
        >>> from lexiscope.core import Provenance
        >>> case = Case("visit-1", "patient-1", Provenance("by hand"), attributes={"grade": "G2", "age": 61})
        >>> passages = TemplateWriter(sentences=2, dropout=0.0).write(case)
        >>> [passage.states for passage in passages]
        [('age', 'grade'), ('age', 'grade')]
    """

    attributes: tuple[str, ...] | None = None
    sentences: int = 3
    dropout: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        if self.sentences < 1 or not 0 <= self.dropout < 1:
            msg = f"a writer needs sentences >= 1 and 0 <= dropout < 1, got {self.sentences} and {self.dropout}"
            raise UsageError(msg)

    def write(self, case: Case) -> tuple[Passage, ...]:
        """The sentences of a case, none alike; none for a case without any of the attributes."""
        facts = self._facts(case)
        if not facts:
            return ()
        generator = np.random.default_rng(int(sha256_json([self.seed, case.id])[:16], 16))
        written: dict[str, Passage] = {}
        for _ in range(self.sentences * _TRIES):
            passage = self._sentence(facts, generator)
            written.setdefault(passage.text, passage)
            if len(written) == self.sentences:
                break
        return tuple(written.values())

    def _facts(self, case: Case) -> dict[str, Scalar]:
        wanted = case.attributes if self.attributes is None else self.attributes
        return {name: case.attributes[name] for name in wanted if str(case.attributes.get(name, "")).strip()}

    def _sentence(self, facts: Mapping[str, Scalar], generator: np.random.Generator) -> Passage:
        names = [name for name in facts if generator.random() >= self.dropout]
        names = names or [list(facts)[int(generator.integers(len(facts)))]]
        ordered = [names[place] for place in generator.permutation(len(names))]
        said = [_phrase(name, facts[name], generator) for name in ordered]
        text = _drawn(_OPENINGS, generator) + ", ".join(said)
        return Passage(
            "caption", f"{text[0].upper()}{text[1:]}.", author=AUTHOR, column="written", states=tuple(sorted(names))
        )


def _phrase(name: str, value: Scalar, generator: np.random.Generator) -> str:
    plain = " ".join(name.replace("_", " ").split())
    if isinstance(value, bool):
        return _drawn(_OF_TRUTHS[value], generator).format(name=plain)
    if isinstance(value, int | float):
        wordings = _AGES if plain.casefold() == "age" else _OF_NUMBERS
        return _drawn(wordings, generator).format(name=plain, value=_number(value, generator))
    words = " ".join(value.replace("_", " ").split())
    if plain.casefold() in ("sex", "gender") and words.casefold() in _SEXES:
        return _drawn(_SEXES[words.casefold()], generator)
    return _drawn(_OF_WORDS, generator).format(name=plain, value=words)


def _number(value: float, generator: np.random.Generator) -> str:
    """A number as it is, rounded, or as the bin it lies in: 61, "about 60", "60 to 70"."""
    step = 10.0 ** np.floor(np.log10(abs(value))) if value else 1.0  # its leading digit's place
    low = float(np.floor(value / step) * step)
    exact, rounded = f"{value:g}", f"about {float(f'{value:.1g}'):g}"
    return _drawn((exact, rounded, f"{low:g} to {low + step:g}"), generator)


def _drawn(choices: Sequence[str], generator: np.random.Generator) -> str:
    return choices[int(generator.integers(len(choices)))]
