"""`Lexicon`: concepts that images can show, and the places where texts state their presence or absence."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lexiscope.core.errors import UsageError
from lexiscope.language.words import read_yaml

KINDS, DRAWN = "image", "graphic"  # the classes that are kinds of images; the rest can be visible in one
OTHER = "other"  # the class of what only sounds like something else

_NOT_BEFORE = re.compile(
    r".*\b(?:no|not|without|free (?:of|from)|absence of|absent|lack of|neither|nor|never|devoid of)\b([^.;:]{0,40})$",
    re.IGNORECASE | re.DOTALL,
)
_DENIED = (
    r"(?:(?:is|are|was|were)\s+(?:not|absent|no longer)"
    r"|(?:can\s?not|could\s+not)\s+be\s+(?:clearly\s+)?(?:seen|found|observed|detected|identified|recogni[sz]ed"
    r"|resolved|made)"
    r"|(?:has|have|had|did|does|do)\s+not\s+(?:form|occur|appear|develop)\w*)\b"
)
_NOT_AFTER = re.compile(rf"^s?(?:-|\s)free\b|^s?\s+{_DENIED}", re.IGNORECASE)
_WORD = r"(?!(?:is|are|was|were|but|while|and|or)\b)[\w-]+"
_ITEM = rf"{_WORD}(?:\s+{_WORD}){{0,2}}"  # of a list: words without a verb
_LIST_NOT_AFTER = re.compile(rf"^s?(?:,\s+{_ITEM})*,?\s+(?:and|or)\s+{_ITEM}\s+{_DENIED}", re.IGNORECASE)
_STATES = re.compile(r"\b(?:shows?|reveals?|contains?|exhibits?|has|have|is|are|was|were|with)\b", re.IGNORECASE)
_BUT = re.compile(r"\b(?:but|yet|whereas|while|although|though|however|only)\b", re.IGNORECASE)
_LIST_GOES_ON = re.compile(r"^s?(?:,\s+[\w-]+(?:\s[\w-]+)?)*\s+(?:or|nor)\b", re.IGNORECASE)
_CONCEDES = re.compile(r"\b(?:although|though|while|whereas|despite)\b", re.IGNORECASE)
_MAYBE = re.compile(
    r"\b(?:may|might|could|would|should|possib\w+|potential\w*|if|whether|prevent\w*|avoid\w*"
    r"|(?:used|designed|intended|suited|needed) (?:to|for))\b",
    re.IGNORECASE,
)
_MAYBE_AFTER = re.compile(r"^s?\s+(?:may|might|would|should|could(?! not))\b", re.IGNORECASE)
# "grain boundary energy", "pore size distribution", "growth rate of crystals": a quantity, and no thing that is seen
_QUANTITIES = (
    r"(?:energ(?:y|ies)|sizes?|distributions?|densit(?:y|ies)|rates?|growth|toughness|strength|behaviou?rs?|orbitals?|volumes?"
    r"|fractions?|diameters?|radi(?:us|i)|numbers?|contents?|concentrations?|temperatures?|resistances?|conductivit(?:y|ies)"
    r"|stabilit(?:y|ies)|formation|mechanisms?|models?|theor(?:y|ies)|kinetics|coefficients?|modul(?:us|i)|mechanics|fields?"
    r"|symmetr(?:y|ies)|orientations?|potentials?|velocit(?:y|ies)|lengths?|widths?|lattices?|phases?|counts?|areas?)"
)
_OF_A_QUANTITY = re.compile(
    rf"^s?[\s-]+(?:boundar(?:y|ies)\s+|surface\s+|nucleation\s+|network\s+)?{_QUANTITIES}\b", re.IGNORECASE
)
_QUANTITY_OF = re.compile(rf"\b{_QUANTITIES}\s+of\s+(?:the\s+|an?\s+)?(?:\w+\s+)?$", re.IGNORECASE)
_SEEN = ("defect", "feature")
_REACH = 60  # characters before a word in which it is denied or doubted


@dataclass(frozen=True, slots=True)
class Concept:
    """Thing that images can show.

    Args:
        name: Name of the concept.
        kind: Its class in the file: "image", "graphic", "defect", "feature", "finding", "other" or the user's own.
        ask: Words by which a question names it: "cracks", "a lesion".
        implies: Names of other concepts that are present wherever this one is.
        hides: Names of kinds of images that are not meant where this one is named.
        defect_in: Words of which a text must have one for this to be a defect and no feature; empty means always.
    """

    name: str
    kind: str
    ask: str
    implies: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    defect_in: tuple[str, ...] = ()

    def within(self, text: str) -> "Concept":
        """Concept as it is to be understood in a text: a defect in one, a feature in another.

        Example:
            >>> crystal = Lexicon.load().concepts["crystal"]
            >>> crystal.within("a soda-lime glass").kind, crystal.within("a battery electrode").kind
            ('defect', 'feature')
        """
        if not self.defect_in or any(re.search(rf"\b{_form(word)}", text) for word in self.defect_in):
            return self
        return replace(self, kind="feature", defect_in=())


@dataclass(frozen=True, slots=True)
class Statement:
    """Place where a text states that a concept is present or absent.

    Args:
        concept: The concept.
        present: Whether it is stated to be present.
        start: Place of the first character of its words.
        end: Place after their last character.
    """

    concept: Concept
    present: bool
    start: int
    end: int


@dataclass(frozen=True, eq=False)  # told apart by identity, so that what it reads can be remembered
class Lexicon:
    """Concepts by name, and the words that texts have for them.

    Args:
        concepts: Name -> concept.
        forms: Name -> words by which texts write it; "*" at the end lets any letters follow.

    Example:
        >>> lexicon = Lexicon.load()
        >>> [(read.concept.name, read.present) for read in lexicon.read("SEM image with pores but no cracks.")]
        [('scanning electron micrograph', True), ('pore', True), ('crack', False)]
    """

    concepts: Mapping[str, Concept]
    forms: Mapping[str, tuple[str, ...]]

    @classmethod
    def load(cls, folder: Path | None = None) -> "Lexicon":
        """Lexicon from `lexicon.yaml` of the user's folder, or the one that comes with lexiscope.

        Raises:
            UsageError: an entry without name or forms.
        """
        concepts, forms = {}, {}
        for kind, entries in read_yaml("lexicon.yaml", folder).items():
            for entry in entries or ():
                concept, words = _entry(kind, entry)
                concepts[concept.name], forms[concept.name] = concept, words
        return cls(concepts, forms)

    def read(self, text: str) -> list[Statement]:
        """Statements of a text, in reading order; what it only supposes is left out."""
        statements = []
        for match in self._pattern.finditer(text):
            concept = self._ordered[int(str(match.lastgroup)[1:])]
            before, after = text[max(0, match.start() - _REACH) : match.start()], text[match.end() :]
            quantity = concept.kind in _SEEN and _is_quantity(before, after)
            if concept.kind != OTHER and not quantity and not _is_doubted(before, after):
                absent = _is_denied(text[: match.start()], after)
                statements.append(Statement(concept, not absent, match.start(), match.end()))
        return statements

    def implied(self, concept: Concept) -> Iterable[Concept]:
        """Concepts that are present wherever this one is."""
        return (self.concepts[name] for name in concept.implies if name in self.concepts)

    @cached_property
    def _ordered(self) -> list[Concept]:
        """The longest words first, so that "white matter lesion" is not read as "lesion"."""
        longest = {name: max(map(len, words)) for name, words in self.forms.items()}
        return sorted(self.concepts.values(), key=lambda concept: -longest[concept.name])

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = [
            f"(?P<c{place}>{'|'.join(_form(word) for word in sorted(self.forms[concept.name], key=len, reverse=True))})"
            for place, concept in enumerate(self._ordered)
        ]
        return re.compile(rf"(?<![\w-])(?:{'|'.join(parts)})(?!\w)")


def with_article(words: str) -> str:
    """Words with "a" or "an" before them, by their first letter.

    Example:
        >>> with_article("MRI scan"), with_article("chart"), with_article("elemental map")
        ('an MRI scan', 'a chart', 'an elemental map')
    """
    vowel = words[:1].casefold() in "aeiou" or re.match(r"(?:[FHLMNRSX][A-Z])", words) is not None
    return f"{'an' if vowel else 'a'} {words}"


def _entry(kind: str, entry: Any) -> tuple[Concept, tuple[str, ...]]:
    try:
        name, words = str(entry["name"]), tuple(str(word) for word in entry["forms"])
    except (KeyError, TypeError) as error:
        msg = f"expected name and forms of every entry of lexicon.yaml, got {entry!r} under {kind!r}"
        raise UsageError(f"{msg}; compare with the one that comes with lexiscope") from error
    if not words:
        raise UsageError(f"expected forms of {name!r} in lexicon.yaml, got none; add how texts write it")
    lists = {field: tuple(map(str, entry.get(field, ()))) for field in ("implies", "hides", "defect_in")}
    return Concept(name, str(kind), str(entry.get("ask", name)), **lists), words


def _is_denied(before: str, after: str) -> bool:
    """True when a word is denied: before it ("no pores or ...") or after it ("... and pores are absent")."""
    if _NOT_AFTER.match(after) or (_LIST_NOT_AFTER.match(after) and not _STATES.search(before.rpartition(". ")[2])):
        return True
    denial = _NOT_BEFORE.match(before)
    if denial is None or _BUT.search(denial[1]):
        return False
    # In "although there are no pores or cracks, bubbles are seen" the comma after the list ends the denial
    conceded = _CONCEDES.search(before[: denial.start(1)]) is not None
    in_list = re.search(r"\b(?:or|nor)\b[^,]*$", denial[1]) or _LIST_GOES_ON.match(after)
    return not (conceded and "," in denial[1] and not in_list)


def _is_quantity(before: str, after: str) -> bool:
    """Whether words only tell of what a quantity is: "pore size", "growth rate of crystals"."""
    return _OF_A_QUANTITY.match(after) is not None or _QUANTITY_OF.search(before) is not None


def _is_doubted(before: str, after: str) -> bool:
    """True when words are only supposed, or are the abbreviation of an error ("± SEM")."""
    doubted = _MAYBE.search(before.rpartition(".")[2]) or _MAYBE_AFTER.match(after)
    return bool(doubted) or before.rstrip().endswith(("±", "+/-"))


def _form(word: str) -> str:
    bare = word.removesuffix("*")
    pattern = re.escape(bare).replace(r"\ ", r"[\s-]+")
    pattern += r"\w*" if word.endswith("*") else "(?:e?s)?"
    return f"(?i:{pattern})" if bare == bare.casefold() else pattern
