"""Variants of what is asked about figures: letters of panels, words in captions, sentences with holes."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from lexiscope.core.errors import UsageError
from lexiscope.corpus.build import build_corpus
from lexiscope.language.conversations.write import write_conversations
from lexiscope.sources import SOURCES
from lexiscope.testing.field.papers import article, figure, write
from lexiscope.testing.field.variant import Outcome, Variant

_PANEL = re.compile(r"panel \(?([A-Za-z])\)?")
_HOLES = re.compile(
    r"\b(?:In|As|See|From|With)(?:,| at a\b)|\b(?:in|of|and) (?:and\b|,|\.)|\(\s*\)|\s,|,\s*,|^\W*(?:and|or)\b",
    re.IGNORECASE,
)


def variants() -> Iterator[Variant]:
    """Variants of questions."""
    yield from _letters()
    yield from _senses()
    yield from _sentences()


def _asked(caption: str, about: str = "") -> Callable[[Path], None]:
    body = (f"<p>{about}</p>" if about else "") + figure(caption=caption)
    return lambda lab: write(lab, article(body))


def _built(lab: Path, corpus: Path) -> None:
    build_corpus(corpus, SOURCES.load("jats")(lab))
    try:
        write_conversations(corpus)
    except UsageError:
        return  # nothing can be asked, which is an answer


def _letters() -> Iterator[Variant]:
    kind = "letters of panels"
    captions: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {
        "behind": ("SEM images of bottle glass (a) and window glass (b) held at 900 °C.", {"a": ("window",), "b": ("bottle",)}),
        "behind, three": ("Micrographs of crown glass (A), flint glass (B) and quartz glass (C) rods.",
            {"a": ("flint", "quartz"), "b": ("crown", "quartz"), "c": ("crown", "flint")}),
        "in front": ("(a) Micrograph of bottle glass. (b) Micrograph of window glass.", {"a": ("window",), "b": ("bottle",)}),
        "in front, no full stops": ("(a) Bottle glass, (b) window glass and (c) quartz glass under the microscope.",
            {"a": ("window", "quartz"), "b": ("bottle", "quartz"), "c": ("bottle", "window")}),
        "letters with a point": ("a. Micrograph of bottle glass. b. Micrograph of window glass.", {"a": ("window",), "b": ("bottle",)}),
        "bold letters": ("<bold>a</bold> Micrograph of bottle glass. <bold>b</bold> Micrograph of window glass.",
            {"a": ("window",), "b": ("bottle",)}),
        "pairs": ("Micrographs of (a, b) bottle glass and (c, d) window glass.", {"a": ("window",), "c": ("bottle",)}),
        "ranges": ("Micrographs of bottle glass (a–c) and window glass (d–f).", {"a": ("window",), "d": ("bottle",)}),
        "respectively": ("Micrographs of bottle glass and window glass, (a) and (b), respectively.", {"a": ("window",), "b": ("bottle",)}),
        "left and right": ("Bottle glass (left) and window glass (right).", {}),
        "German": ("(a) Aufnahme von Flaschenglas. (b) Aufnahme von Fensterglas.", {"a": ("Fenster",), "b": ("Flaschen",)}),
    }  # fmt: skip
    for name, (caption, never) in captions.items():
        yield Variant(kind, name, _asked(caption), lambda o, n=never: _no_neighbour(o, n), build=_built)
    heads = {
        "curves": "Stress–strain curves of (a) thin rods and (b) thick rods.",
        "letters with brackets": "The stress–strain curves of a) thin rods and b) thick rods pulled in air.",
        "spectra": "Raman spectra of thin rods (a) and thick rods (b).",
        "histograms": "Histograms of the size of (A) thin rods, (B) thick rods.",
        "dependence": "Temperature dependence of the strength of a) thin rods, b) thick rods.",
    }
    for name, caption in heads.items():
        yield Variant(kind, f"shared head, {name}", _asked(caption), _head_or_nothing, build=_built)


def _no_neighbour(outcome: Outcome, never: dict[str, tuple[str, ...]]) -> None:
    for turn in outcome.only.turns:
        letter = _PANEL.search(turn.question)
        if letter and not turn.question.lower().startswith("which"):
            wrong = [word for word in never.get(letter[1].lower(), ()) if word.lower() in turn.answer.lower()]
            assert not wrong, (turn.question, turn.answer)
            assert not re.match(r"\W*(?:and|or)\b", turn.answer, re.IGNORECASE), turn.answer


def _head_or_nothing(outcome: Outcome) -> None:
    for turn in outcome.only.turns:
        if _PANEL.search(turn.question) and not turn.question.lower().startswith("which"):
            assert not re.fullmatch(r"(?:Thin|Thick) rods\b.{0,20}", turn.answer), (turn.question, turn.answer)


def _senses() -> Iterator[Variant]:
    kind = "words that are no things in the picture"
    captions = {
        "grain boundary energy": "Grain boundary energy against the angle.", "pore size distribution": "Pore size distribution of the powders.",
        "crack growth rate": "Crack growth rate as a function of the load.", "crystal field": "Crystal field splitting of the ions.",
        "bubble nucleation": "Rate of bubble nucleation calculated by theory.", "void fraction": "Void fraction over time.",
        "particle size": "Particle size distribution measured by light scattering.", "defect density": "Density of defects against temperature.",
        "fracture toughness": "Fracture toughness of the rods.", "dislocation density": "Dislocation density against strain.",
        "inclusion theory": "Stiffness by the theory of inclusions.", "crystal structure": "Crystal structure parameters of the phases.",
        "pore network": "Map of the pore network model.", "conditional": "Rim. Cracks would appear dark, but none are visible.",
        "purpose": "Photograph of the furnace used to grow the crystals.",
        "no cracks": "Micrograph of glass without cracks or bubbles.", "cell viability": "Viability of the cells after three days.",
    }  # fmt: skip
    for name, caption in captions.items():
        yield Variant(kind, name, _asked(caption), _nothing_seen, build=_built)


_THINGS = re.compile(
    r"\b(?:cracks?|crystals?|grains?|pores?|bubbles?|voids?|particles?|dislocations?|inclusions?|defects?|cells?)\b",
    re.IGNORECASE,
)


def _nothing_seen(outcome: Outcome) -> None:
    for turn in outcome.only.turns:
        asked_for_things = re.search(
            r"defects|features|structures|is there|are there|visible", turn.question, re.IGNORECASE
        )
        if asked_for_things and turn.kind in ("defect", "feature", "yes_no"):
            claimed = _THINGS.fullmatch(turn.answer.strip(" .")) or turn.answer.lower().startswith("yes")
            assert not claimed, (turn.question, turn.answer)


def _sentences() -> Iterator[Variant]:
    kind = "sentences with holes"
    captions = {
        "in (c)": "Micrographs of the rim. (a) Clear glass. In (b) at a depth of 400 µm, crystals cover the picture.",
        "as in (b)": "Micrographs of the rim. (a) Clear glass. (b) As in (a), the glass is clear, but bubbles rise.",
        "see (a)": "Micrographs of glass with bubbles (see (a) and (b)) and crystals (c).",
        "scale bar as a panel": "(a) Clear glass. (b) Crystals on the rim. (c) Scale bar 5 µm.",
        "formula at the end": 'Micrograph of the glass at x = <inline-formula><inline-graphic xlink:href="e.png"/></inline-formula>.',
        "scale": "(a) Clear glass and (b) crystals; scale bars in (a) and (b), 5 µm.",
    }
    for name, caption in captions.items():
        yield Variant(kind, name, _asked(caption), _whole, build=_built)
    mentions = {
        "two figures": "As shown in Figure 1 and S4, the crystals touch the rim of the glass from below and grow.",
        "in brackets": "The crystals touch the rim (Figure 1 and ref. [3]) and grow slowly along it.",
        "at the head": "In Figure 1, crystals cover the whole rim of the glass.",
        "and table": "Figure 1 and Table 2 show that crystals cover the rim.",
        "in the middle": "The crystals, as in Figure 1, cover the rim of the glass.",
        "from": "From Figure 1 it can be seen that crystals cover the rim of the glass.",
        "compare": "Compared to Figure 1, the crystals are larger here.",
    }
    for name, about in mentions.items():
        yield Variant(kind, f"mention, {name}", _asked("Micrograph of glass.", about), _whole, build=_built)


def _whole(outcome: Outcome) -> None:
    for turn in outcome.only.turns:
        assert not _HOLES.search(turn.answer), (turn.question, turn.answer)
        assert not re.search(r"\bS4\b|Table|\[3\]|=\W*$|^Scale bar", turn.answer), turn.answer
