"""`template_sentences`: several differently worded sentences from the attributes of a case.

A model that is trained on one template learns the template. So order, wording, what is mentioned and how numbers are
rounded all vary, and all of it follows from the seed and the case's id alone.
"""

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from lexiscope.core.case import Case, Scalar
from lexiscope.core.files import sha256_json
from lexiscope.core.passage import Passage
from lexiscope.language.captions.settings import CaptionSettings

AUTHOR = "lexiscope-template"

# No opening ends in a preposition or a colon: "Case with man" and "Known: grade: G2" do not read.
_OPENINGS = ("", "Imaging study - ", "This case - ", "This examination - ", "What is known - ")
_OF_WORDS = ("{name} {value}", "{name}: {value}", "{value} ({name})", "{name} recorded as {value}")
_OF_NOTHING = ("{name}: {value}", "{name} recorded as {value}")  # "none (atrophy)" does not read
_OF_NUMBERS = ("{name} {value}", "{name}: {value}", "{name} of {value}")
_OF_TRUTHS = {True: ("{name}", "{name}: yes", "{name} present"), False: ("no {name}", "{name}: no", "without {name}")}
_AGES = ("aged {value}", "age {value}", "{value} years old")  # the last is for more than one
_MEN, _WOMEN = ("man", "male patient", "sex male"), ("woman", "female patient", "sex female")
_SEXES = {"m": _MEN, "male": _MEN, "f": _WOMEN, "female": _WOMEN}
_YES_NO = {"y": "yes", "yes": "yes", "true": "yes", "n": "no", "no": "no", "false": "no"}
_NOTHING = ("none", "no", "yes", "unknown", "n/a", "nan")
_UNITS = {
    "mm": "mm",
    "cm": "cm",
    "um": "\u00b5m",
    "nm": "nm",
    "ml": "ml",
    "mm3": "mm\u00b3",
    "kg": "kg",
    "years": "years",
}
_EXACT = re.compile(r"(?i)\b(?:year|date|id|number|index|visit)\b")  # names of numbers that are no measurement
_SMALL = 10  # whole numbers below this are counts and codes: written as they are
_TRIES = 8  # draws for a sentence that reads unlike those before


def template_sentences(case: Case, settings: CaptionSettings) -> tuple[Passage, ...]:
    """Sentences about a case, no two alike; none for a case without any of the attributes.

    Example:
        >>> from lexiscope.core import Provenance
        >>> case = Case("visit-1", "patient-1", Provenance("by hand"), attributes={"grade": "G2", "age": 61})
        >>> passages = template_sentences(case, CaptionSettings(sentences=2, dropout=0.0))
        >>> [passage.states for passage in passages]
        [('age', 'grade'), ('age', 'grade')]
    """
    stated = _stated(case, settings)
    if not stated:
        return ()
    rng = np.random.default_rng(int(sha256_json([settings.seed, case.id])[:16], 16))
    written: dict[str, Passage] = {}
    for _ in range(settings.sentences * _TRIES):
        passage = _sentence(stated, settings.dropout, rng)
        written.setdefault(passage.text, passage)
        if len(written) == settings.sentences:
            break
    return tuple(written.values())


def attribute_clause(name: str, value: Scalar, *, sure: bool = True) -> str:
    """An attribute in the plainest of the wordings that the sentences use, the same at every call.

    Args:
        name: Name of the attribute.
        value: Its value.
        sure: False says that it is only possible.

    Example:
        >>> attribute_clause("kind", "old_infarct"), attribute_clause("lobe", "frontal lobe", sure=False)
        ('kind: old infarct', 'possibly frontal lobe')
    """
    plain, unit = _named(name)
    possibly = "" if sure else "possibly "
    if isinstance(value, bool):
        return possibly + _OF_TRUTHS[value][0].format(name=plain)
    if isinstance(value, int | float):
        return f"{plain}: {possibly}{_written(value)} {unit}".strip()
    words = " ".join(value.replace("_", " ").split())
    if plain.casefold() in words.casefold().split():
        return possibly + words
    return f"{plain}: {possibly}{_YES_NO.get(words.casefold(), words)}"


def _stated(case: Case, settings: CaptionSettings) -> dict[str, Scalar]:
    names = case.attributes if settings.attributes is None else settings.attributes
    return {name: case.attributes[name] for name in names if str(case.attributes.get(name, "")).strip()}


def _sentence(values: Mapping[str, Scalar], dropout: float, rng: np.random.Generator) -> Passage:
    names = [name for name in values if rng.random() >= dropout]
    names = names or [list(values)[int(rng.integers(len(values)))]]
    ordered = [names[place] for place in rng.permutation(len(names))]
    phrases = [_phrase(name, values[name], rng) for name in ordered]
    between = "; " if any(", " in phrase for phrase in phrases) else ", "
    text = _drawn(_OPENINGS, rng) + between.join(phrases)
    return Passage(
        "caption", f"{text[0].upper()}{text[1:]}.", author=AUTHOR, column="written", states=tuple(sorted(names))
    )


def _phrase(name: str, value: Scalar, rng: np.random.Generator) -> str:
    plain, unit = _named(name)
    if isinstance(value, bool):
        return _drawn(_OF_TRUTHS[value], rng).format(name=plain)
    if isinstance(value, int | float):
        words = _written(value) if _EXACT.search(plain) else _number(value, rng)
        if plain.casefold() == "age":
            return _drawn(_AGES if value > 1 else _AGES[:2], rng).format(value=words)
        return _drawn(_OF_NUMBERS, rng).format(name=plain, value=f"{words} {unit}".strip())
    words = " ".join(value.replace("_", " ").split())
    if plain.casefold() in ("sex", "gender") and words.casefold() in _SEXES:
        return _drawn(_SEXES[words.casefold()], rng)
    if plain.casefold() in words.casefold().split():
        return words  # "frontal lobe" needs no "lobe: " before it
    words = _YES_NO.get(words.casefold(), words)
    return _drawn(_OF_NOTHING if words.casefold() in _NOTHING else _OF_WORDS, rng).format(name=plain, value=words)


def _named(name: str) -> tuple[str, str]:
    """An attribute's name in words, and the unit that closed it: "size_mm" is ("size", "mm"), "n_slices" a number."""
    words = name.replace("_", " ").split()
    unit = _UNITS.get(words[-1].casefold(), "") if len(words) > 1 else ""
    words = words[:-1] if unit else words
    return " ".join("number of" if word == "n" and word != words[-1] else word for word in words), unit


def _number(value: float, rng: np.random.Generator) -> str:
    """A number as it is, rounded, or as the bin it lies in: 61, "about 60", "60 to 70".

    Bins are 1 or 5 times a power of ten wide, at most a quarter of the value: the words stay close to the value.
    Small whole numbers are counts and codes, of which "1 to 2" would be wrong.
    """
    whole = float(value).is_integer()
    if not math.isfinite(value) or (whole and abs(value) < _SMALL):
        return _written(value)
    decade = 10.0 ** math.floor(math.log10(abs(value) / 4))
    step = decade * (5 if abs(value) / 4 >= 5 * decade else 1)
    if whole and step <= 1:
        return _written(value)
    low = math.floor(value / step) * step
    rounded = f"about {_written(round(value / step) * step)}"
    return _drawn((_written(value), rounded, f"{_written(low)} to {_written(low + step)}"), rng)


def _written(value: float) -> str:
    """A number in digits, whole ones never as a power of ten."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.6g}"


def _drawn(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]
