"""`describe`: a micrograph as its paper writes of it: a caption, and paragraphs elsewhere that name the figure.

Of every defect it is said once whether it is there, in the caption or elsewhere. How the glass was made is said in
sentences of their own, so that a reader who is not told the answer can still reason from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lexiscope.simulate.glass import wording
from lexiscope.simulate.glass.plan import DEFECTS, PHASES, Conditions, Figure
from lexiscope.simulate.glass.visibility import Visibility

_IN_CAPTION = 0.5  # chance that something is said in the caption
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_REFERENCES = {
    "{Figure}": ("Fig. {}", "Figure {}", "Fig. {}a"),
    "{figure}": ("Fig. {}", "Figure {}", "Fig. {}a", "Figs. {}a"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """A caption, and paragraphs of the running text; `{figure}` stands for the reference in them."""

    caption: str
    mentions: tuple[str, ...]


def describe(figure: Figure, seen: Mapping[str, Visibility], *, chance: np.random.Generator) -> Words:
    """Write about a figure.

    Args:
        seen: What was painted of each defect that is there.
    """
    code = f"G{int(chance.integers(1, 40))}"
    coded = chance.random() < 0.3
    here, elsewhere = _statements(figure, seen, chance)
    made = [_pick(wording.COMPOSITION, chance)] if coded else []
    for sentence in _making(figure.conditions, chance):
        (here if chance.random() < _IN_CAPTION else made).append(sentence)
    chance.shuffle(here)
    facts = _facts(figure, code=code, chance=chance)
    caption = " ".join([_opening(figure, coded=coded, chance=chance), *here]).format(**facts)
    return Words(_tidy(caption), tuple(_paragraphs(figure.number, elsewhere, made, facts, chance)))


def length(nm: float) -> str:
    """A length in two digits, with the unit that a person would take.

    Example:
        >>> length(1234.0), length(87.6), length(23456.0)
        ('1.2 µm', '88 nm', '23 µm')
    """
    value, unit = (nm, "nm") if nm < 1000 else (nm / 1000, "µm")
    return f"{float(f'{value:.2g}'):g} {unit}"


def _statements(
    figure: Figure, seen: Mapping[str, Visibility], chance: np.random.Generator
) -> tuple[list[str], list[str]]:
    """Sentences of the caption, and sentences with {figure} that stand elsewhere."""
    here: list[str] = []
    elsewhere: list[str] = []
    there = [name for name in DEFECTS if name in seen]
    absent = [name for name in DEFECTS if name not in seen]
    chance.shuffle(there)
    chance.shuffle(absent)
    if not there and chance.random() < 0.8:
        here.append(_pick(wording.NOTHING, chance))
    while there or absent:
        in_caption = chance.random() < _IN_CAPTION
        some = [absent.pop() for _ in range(min(len(absent), int(chance.integers(1, 4))))]
        if there and some and chance.random() < 0.3:
            sentence = _but(there.pop(), some, seen, figure, in_caption=in_caption, chance=chance)
        elif there and chance.random() < 0.6:
            absent += some
            sentence = _there(there.pop(), seen, figure, in_caption=in_caption, chance=chance)
        elif some:
            sentence = _absent(some, in_caption=in_caption, chance=chance)
        else:
            continue
        (here if in_caption else elsewhere).append(sentence)
    return here, elsewhere


def _there(
    name: str, seen: Mapping[str, Visibility], figure: Figure, *, in_caption: bool, chance: np.random.Generator
) -> str:
    ways = wording.THERE if in_caption else wording.THERE_IN
    sentence = _filled(_pick(ways, chance), _thing(name, seen[name], figure, chance))
    if not in_caption and chance.random() < 0.4:
        sentence = f"{sentence[:-1]}, {_pick(wording.BECAUSE[name], chance)}."
    return sentence


def _but(
    name: str,
    absent: list[str],
    seen: Mapping[str, Visibility],
    figure: Figure,
    *,
    in_caption: bool,
    chance: np.random.Generator,
) -> str:
    way = _pick(wording.BUT if in_caption else wording.BUT_IN, chance)
    things = _things(absent, chance)
    thing = _thing(name, seen[name], figure, chance)
    if way.startswith(("No", "Although")):  # the verb beside the absent things is theirs
        way = way.replace("{or_things} {is}", "{or_things} " + ("is" if absent[-1] == PHASES else "are"))
    return _filled(way, thing, or_things=_listed(things, "or"))


def _absent(names: list[str], *, in_caption: bool, chance: np.random.Generator) -> str:
    things = _things(names, chance)
    if len(things) == 2 and chance.random() < 0.4:
        way = _pick(wording.NEITHER if in_caption else wording.NEITHER_IN, chance)
    else:
        way = _pick(wording.ABSENT if in_caption else wording.ABSENT_IN, chance)
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


def _thing(name: str, seen: Visibility, figure: Figure, chance: np.random.Generator) -> tuple[str, bool]:
    """What is there, and whether it takes a plural verb."""
    ways = wording.UNCOUNTED if name == PHASES else wording.ONE if seen.count == 1 else wording.MANY
    size = length(seen.size_px * figure.nm_per_px)
    count = _NUMBERS[seen.count] if seen.count < len(_NUMBERS) else str(seen.count)
    words = _pick(ways[name], chance).format(shape=seen.shape, size=size, count=count)
    return words.replace(" a interconnected", " an interconnected"), seen.count > 1


def _things(names: Sequence[str], chance: np.random.Generator) -> list[str]:
    return [_pick(wording.PLAIN[name], chance) for name in names]


def _filled(way: str, thing: tuple[str, bool], **slots: str) -> str:
    """A wording with its slots filled, but for those of the figure."""
    words, plural = thing
    slots |= {"thing": words, "Thing": _capital(words), "is": "are" if plural else "is"}
    slots |= {"figure": "{figure}", "Figure": "{Figure}"}
    return way.format(**slots).replace(",,", ",").replace(",.", ".")


def _opening(figure: Figure, *, coded: bool, chance: np.random.Generator) -> str:
    sem, surface = _pick(wording.SEM, chance), _pick(wording.SURFACES[figure.polished], chance)
    glass = _pick(wording.CODED if coded else wording.NAMED, chance)
    with_ = ""
    if figure.defects and chance.random() < 0.15:
        with_ = f" with {_pick(wording.PLAIN[_pick(figure.defects, chance)], chance)}"
    return _pick(wording.OPENING, chance).format(
        Sem=_capital(sem), sem=sem, surface=surface, Surface=_capital(surface), glass=glass, with_=with_
    )


def _making(conditions: Conditions, chance: np.random.Generator) -> list[str]:
    """Sentences about how the glass was made, one for each thing that decides about a defect."""
    made = [_pick(wording.FINING, chance), _pick(wording.COOLING[conditions.cooling > 50], chance)]
    made.append(_pick(wording.HOLDING, chance))
    if chance.random() < 0.6:
        made.append(_pick(wording.MIXING[conditions.miscible], chance))
    return made


def _facts(figure: Figure, *, code: str, chance: np.random.Generator) -> dict[str, str]:
    made = figure.conditions
    minutes = f"{round(60 * made.fining_h)} min"
    return {
        "code": code,
        "a_glass": f"{'an' if made.glass[0] in 'aeiou' else 'a'} {made.glass}",
        "formula": made.formula,
        "fining": minutes if made.fining_h < 1 else f"{made.fining_h:g} h",
        "melt": f"{10 * int(chance.integers(125, 160))}",
        "cooling": f"{made.cooling}",
        "hours": f"{made.hold_h:g}",
        "hold": f"{made.hold_c}",
        "below": f"{made.below_k}",
    }


def _paragraphs(
    number: int, stated: list[str], made: list[str], facts: Mapping[str, str], chance: np.random.Generator
) -> list[str]:
    """One to three paragraphs; each names the figure, and so does every sentence on what is seen."""
    said = [stated[part::2] for part in range(2)] if len(stated) > 1 and chance.random() < 0.5 else [stated]
    paragraphs = [" ".join(part) for part in said if part]
    if made or not paragraphs:
        chance.shuffle(made)
        paragraphs.append(" ".join([_pick(wording.MAKING, chance), *made]))
    order = chance.permutation(len(paragraphs))
    return [_tidy(_referring(paragraphs[place], number, facts, chance)) for place in order]


def _referring(text: str, number: int, facts: Mapping[str, str], chance: np.random.Generator) -> str:
    """A paragraph with its references written out, each in its own way."""
    for slot, ways in _REFERENCES.items():
        while slot in text:
            text = text.replace(slot, _pick(ways, chance).format(number), 1)
    return text.format(**facts)


def _listed(items: Sequence[str], word: str) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _pick(ways: Sequence[str], chance: np.random.Generator) -> str:
    return ways[int(chance.integers(len(ways)))]
