"""`describe_figure`: a micrograph as its paper writes of it: a caption, and paragraphs elsewhere that name the figure.

Of every defect it is said once whether it is present, in the caption or elsewhere. How the glass was made is said in
sentences of their own, so that a reader who is not told the answer can still reason from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lexiscope.simulate.glass import phrases
from lexiscope.simulate.glass.plan import DEFECTS, PHASES, Conditions, Figure
from lexiscope.simulate.glass.visible_defect import VisibleDefect

_IN_CAPTION = 0.5  # probability that something is said in the caption
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_REFERENCES = {
    "{Figure}": ("Fig. {}", "Figure {}", "Fig. {}a"),
    "{figure}": ("Fig. {}", "Figure {}", "Fig. {}a", "Figs. {}a"),
}


@dataclass(frozen=True, slots=True)
class FigureText:
    """Text about one figure.

    Args:
        caption: Caption of the figure.
        mentions: Paragraphs of the running text that name the figure.
    """

    caption: str
    mentions: tuple[str, ...]


def describe_figure(figure: Figure, visible: Mapping[str, VisibleDefect], *, rng: np.random.Generator) -> FigureText:
    """Caption of a figure, and paragraphs elsewhere that name it.

    Args:
        figure: Plan of the figure.
        visible: Name of a defect -> what of it is visible; absent defects are missing.
        rng: Source of the wordings.
    """
    code = f"G{int(rng.integers(1, 40))}"
    coded = rng.random() < 0.3
    here, elsewhere = _statements(figure, visible, rng)
    made = [_pick(phrases.COMPOSITION, rng)] if coded else []
    for sentence in _making(figure.conditions, rng):
        (here if rng.random() < _IN_CAPTION else made).append(sentence)
    rng.shuffle(here)
    facts = _facts(figure, code=code, rng=rng)
    caption = " ".join([_opening(figure, coded=coded, rng=rng), *here]).format(**facts)
    return FigureText(_tidy(caption), tuple(_paragraphs(figure.number, elsewhere, made, facts, rng)))


def format_length(nm: float) -> str:
    """Length in two digits, with the unit that a person would take.

    Example:
        >>> format_length(1234.0), format_length(87.6), format_length(23456.0)
        ('1.2 µm', '88 nm', '23 µm')
    """
    value, unit = (nm, "nm") if nm < 1000 else (nm / 1000, "µm")
    return f"{float(f'{value:.2g}'):g} {unit}"


def _statements(
    figure: Figure, visible: Mapping[str, VisibleDefect], rng: np.random.Generator
) -> tuple[list[str], list[str]]:
    """Sentences of the caption, and sentences with {figure} that stand elsewhere."""
    here: list[str] = []
    elsewhere: list[str] = []
    present = [name for name in DEFECTS if name in visible]
    absent = [name for name in DEFECTS if name not in visible]
    rng.shuffle(present)
    rng.shuffle(absent)
    if not present and rng.random() < 0.8:
        here.append(_pick(phrases.NOTHING, rng))
    while present or absent:
        in_caption = rng.random() < _IN_CAPTION
        sentence = _statement(present, absent, visible, figure, in_caption=in_caption, rng=rng)
        if sentence is not None:
            (here if in_caption else elsewhere).append(sentence)
    return here, elsewhere


def _statement(
    present: list[str],
    absent: list[str],
    visible: Mapping[str, VisibleDefect],
    figure: Figure,
    *,
    in_caption: bool,
    rng: np.random.Generator,
) -> str | None:
    """Sentence about one or a few of the defects that are left, which it takes from their lists."""
    some = [absent.pop() for _ in range(min(len(absent), int(rng.integers(1, 4))))]
    if present and some and rng.random() < 0.3:
        return _but(present.pop(), some, visible, figure, in_caption=in_caption, rng=rng)
    if present and rng.random() < 0.6:
        absent += some
        return _present(present.pop(), visible, figure, in_caption=in_caption, rng=rng)
    return _absent(some, in_caption=in_caption, rng=rng) if some else None


def _present(
    name: str, visible: Mapping[str, VisibleDefect], figure: Figure, *, in_caption: bool, rng: np.random.Generator
) -> str:
    ways = phrases.PRESENT if in_caption else phrases.PRESENT_IN
    sentence = _filled(_pick(ways, rng), _thing(name, visible[name], figure, rng))
    if not in_caption and rng.random() < 0.4:
        sentence = f"{sentence[:-1]}, {_pick(phrases.BECAUSE[name], rng)}."
    return sentence


def _but(
    name: str,
    absent: list[str],
    visible: Mapping[str, VisibleDefect],
    figure: Figure,
    *,
    in_caption: bool,
    rng: np.random.Generator,
) -> str:
    way = _pick(phrases.BUT if in_caption else phrases.BUT_IN, rng)
    things = _things(absent, rng)
    thing = _thing(name, visible[name], figure, rng)
    if way.startswith(("No", "Although")):  # the verb beside the absent things is theirs
        way = way.replace("{or_things} {is}", "{or_things} " + ("is" if absent[-1] == PHASES else "are"))
    return _filled(way, thing, or_things=_listed(things, "or"))


def _absent(names: list[str], *, in_caption: bool, rng: np.random.Generator) -> str:
    things = _things(names, rng)
    if len(things) == 2 and rng.random() < 0.4:
        way = _pick(phrases.NEITHER if in_caption else phrases.NEITHER_IN, rng)
    else:
        way = _pick(phrases.ABSENT if in_caption else phrases.ABSENT_IN, rng)
    plural = names[-1] != PHASES or (len(things) > 1 and "and_things" in way)
    free = _listed([f"{thing.removesuffix('s')}-free" for thing in things], "and")
    both = _listed(things, "and")
    return _filled(
        way,
        ("", plural),
        or_things=_listed(things, "or"),
        nor_things=" nor ".join(things),
        and_things=both,
        Cap_and_things=_capital(both),
        Free=f"The glass is {free}",
        have="have" if plural else "has",
    )


def _thing(name: str, visible: VisibleDefect, figure: Figure, rng: np.random.Generator) -> tuple[str, bool]:
    """Words for a visible defect, and whether they take a plural verb."""
    ways = phrases.UNCOUNTED if name == PHASES else phrases.ONE if visible.count == 1 else phrases.MANY
    size = format_length(visible.size_px * figure.nm_per_px)
    count = _NUMBERS[visible.count] if visible.count < len(_NUMBERS) else str(visible.count)
    words = _pick(ways[name], rng).format(shape=visible.shape, size=size, count=count)
    return words.replace(" a interconnected", " an interconnected"), visible.count > 1


def _things(names: Sequence[str], rng: np.random.Generator) -> list[str]:
    return [_pick(phrases.PLAIN[name], rng) for name in names]


def _filled(way: str, thing: tuple[str, bool], **slots: str) -> str:
    """A wording with its slots filled, but for those of the figure."""
    words, plural = thing
    slots |= {"thing": words, "Thing": _capital(words), "is": "are" if plural else "is"}
    slots |= {"figure": "{figure}", "Figure": "{Figure}"}
    return way.format(**slots).replace(",,", ",").replace(",.", ".")


def _opening(figure: Figure, *, coded: bool, rng: np.random.Generator) -> str:
    sem, surface = _pick(phrases.SEM, rng), _pick(phrases.SURFACES[figure.polished], rng)
    glass = _pick(phrases.CODED if coded else phrases.NAMED, rng)
    with_ = ""
    if figure.defects and rng.random() < 0.15:
        with_ = f" with {_pick(phrases.PLAIN[_pick(figure.defects, rng)], rng)}"
    return _pick(phrases.OPENING, rng).format(
        Sem=_capital(sem), sem=sem, surface=surface, Surface=_capital(surface), glass=glass, with_=with_
    )


def _making(conditions: Conditions, rng: np.random.Generator) -> list[str]:
    """Sentences about how the glass was made, one for each thing that decides about a defect."""
    made = [_pick(phrases.FINING, rng), _pick(phrases.COOLING[conditions.cooling > 50], rng)]
    made.append(_pick(phrases.HOLDING, rng))
    if rng.random() < 0.6:
        made.append(_pick(phrases.MIXING[conditions.miscible], rng))
    return made


def _facts(figure: Figure, *, code: str, rng: np.random.Generator) -> dict[str, str]:
    made = figure.conditions
    minutes = f"{round(60 * made.fining_h)} min"
    return {
        "code": code,
        "a_glass": f"{'an' if made.glass[0] in 'aeiou' else 'a'} {made.glass}",
        "formula": made.formula,
        "fining": minutes if made.fining_h < 1 else f"{made.fining_h:g} h",
        "melt": f"{10 * int(rng.integers(125, 160))}",
        "cooling": f"{made.cooling}",
        "hours": f"{made.hold_h:g}",
        "hold": f"{made.hold_c}",
        "below": f"{made.below_k}",
    }


def _paragraphs(
    number: int, stated: list[str], made: list[str], facts: Mapping[str, str], rng: np.random.Generator
) -> list[str]:
    """One to three paragraphs; each names the figure, and so does every sentence about what is visible."""
    parts = [stated[part::2] for part in range(2)] if len(stated) > 1 and rng.random() < 0.5 else [stated]
    paragraphs = [" ".join(part) for part in parts if part]
    if made or not paragraphs:
        rng.shuffle(made)
        paragraphs.append(" ".join([_pick(phrases.MAKING, rng), *made]))
    order = rng.permutation(len(paragraphs))
    return [_tidy(_referring(paragraphs[place], number, facts, rng)) for place in order]


def _referring(text: str, number: int, facts: Mapping[str, str], rng: np.random.Generator) -> str:
    """A paragraph with its references written out, each in its own way."""
    for slot, ways in _REFERENCES.items():
        while slot in text:
            text = text.replace(slot, _pick(ways, rng).format(number), 1)
    return text.format(**facts)


def _listed(items: Sequence[str], word: str) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _pick(ways: Sequence[str], rng: np.random.Generator) -> str:
    return ways[int(rng.integers(len(ways)))]
