"""Captions: blocks that start with a figure's or a table's label and are set apart from the text."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lexiscope.sources.papers.jats.mentions import FigureName, name_of_label
from lexiscope.sources.papers.pdf.blocks import Block, Layout, joined_text
from lexiscope.sources.papers.pdf.continuations import follow
from lexiscope.sources.papers.pdf.lines import Line
from lexiscope.sources.papers.pdf.places import Box, union

_WORDS = (
    "Fig|Figs|Figure|Figura|Figur|Figuur|Afbeelding|Abb|Abbildung|Bild|Scheme|Schema|Schéma|Esquema|Chart|Diagramm|Plate|Tafel|Planche|Graph|"
    "Graphique|Gráfico|Grafico"
)
_NUMBER = r"(?:[IVX]{1,5}(?=[.-])|[A-Z]{1,2})?[.－-]?\d{1,3}(?:[.‐‑–－-]\d{1,3}){0,2}"
_PANELS = r"(?:\s?[a-h](?:\s?[–,-]\s?[a-h])*(?=\s*[.:|]))?"  # "Fig. 1a–c." is the whole figure
_LABEL = re.compile(
    r"(?P<label>(?:(?:Supplementary|Supporting|Suppl\.|Extended Data)\s+)?"
    rf"(?:(?:{_WORDS}|{_WORDS.upper()})(?![a-zà-ÿ])\s*\.?|(?P<ideograph>[附付]?[図图圖]))\s*{_NUMBER}{_PANELS})"
    r"(?![\d%])(?P<mark>\s*[.:|–—：．。、]+|\s*$|(?=\s+\()|(?(ideograph)(?=\s)|(?!)))?\s*(?P<rest>.*)"
)
_TABLE = re.compile(rf"(?:(?:Supplementary\s+)?(?:T(?:able|ABLE)|Tab(?:elle|leau|la|ela|ella|\.)|表)\s*){_NUMBER}\b")
_CONTINUED = re.compile(
    r"\s*[.:|]?\s*[(\[]?\s*(?:continued|contd\b\.?|cont\b[.’']?d?|Fortsetzung|fortgesetzt|suite|continuación|continuação|"
    r"continua|segue|続き|续|續)\s*[)\]]?\s*[.:]?\s*",
    re.IGNORECASE,
)
_OTHER_PAGE = re.compile(
    r"\W*(?:(?:please\s+)?see|caption|legend|continued|figure)?.{0,30}\b(?:next|following|facing|opposite|previous|"
    r"preceding)\s+page\b.{0,30}",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"[a-zß-öø-ÿ,;)\]]|and\b|\([a-z]\)\s+(?:shows?|and|is)\b|[A-D](?:[,–-][A-D])*\s+(?:show|illustrat|depict)"
)
_MARKS = re.compile(
    r"[ .:|–—：．。、\u3000]*(?:[‐‑-]+\s+)?"
)  # between a label and its caption; "-10 °C" keeps its sign
_NAMED = re.compile(r"[A-ZÀ-Þ][a-zß-öø-ÿ]{2,}\b")  # a label without a mark, and what the figure is called
_LEAST = 1  # points below which a block is text that happens to start with a figure's name
_NEXT_GAP = 0.9  # line heights below a caption within which its next paragraph may start


@dataclass(frozen=True, slots=True)
class Caption:
    """One caption.

    Args:
        name: Name that mentions of the figure use; None for a table.
        label: Label as printed, "Figure 3".
        text: Without the label.
        box: Around all its lines beside the figure.
        page: From 0.
        turn: Degrees by which its lines are turned against the clock.
        rest: Pages and boxes of lines that stand elsewhere: in the next column, on the next page.
        notes: What was joined, and what seems to be missing.
    """

    name: FigureName | None
    label: str
    text: str
    box: Box
    page: int
    turn: int = 0
    rest: tuple[tuple[int, Box], ...] = ()
    notes: tuple[str, ...] = ()


def find_captions(blocks: list[Block], layout: Layout) -> list[Caption]:
    """The best caption of every figure and every table caption, in the order of the file."""
    best: dict[FigureName, tuple[float, int, Caption]] = {}
    others: list[tuple[FigureName, int, Caption]] = []
    for name, score, number, candidate in _candidates(blocks, layout):
        if _CONTINUED.match(candidate.text) or _OTHER_PAGE.fullmatch(candidate.text):
            others.append((name, number, candidate))
        elif name not in best or score > best[name][0]:
            best[name] = (score, number, candidate)
    captions = {name: (number, caption) for name, (_, number, caption) in best.items()}
    for name, number, other in others:
        captions[name] = _with_other(captions.get(name), number, other)
    return [caption for _, caption in sorted([*captions.values(), *_tables(blocks)], key=lambda item: item[0])]


def _tables(blocks: list[Block]) -> Iterator[tuple[int, Caption]]:
    """Numbers of blocks and captions of tables."""
    for number, block in enumerate(blocks):
        for start in _starts(block):
            label = block.lines[start].text
            if _TABLE.match(label):
                yield number, Caption(None, label[:20], block.text, block.box, block.page, block.turn)


def _candidates(blocks: list[Block], layout: Layout) -> Iterator[tuple[FigureName, float, int, Caption]]:
    """Names, scores, numbers of blocks and captions of all that may be a figure's caption."""
    for number, block in enumerate(blocks):
        for start in _starts(block):
            line = block.lines[start]
            score = _score(line, layout)
            candidate = _caption(blocks, number, start, layout) if score >= _LEAST else None
            if candidate is not None and candidate.name is not None and not _TABLE.match(line.text):
                yield candidate.name, score, number, candidate


def _with_other(known: tuple[int, Caption] | None, number: int, other: Caption) -> tuple[int, Caption]:
    """A caption with the one that goes on with it, or with the one beside the figure that points to it."""
    if known is None:
        return number, other
    place, caption = known
    if _OTHER_PAGE.fullmatch(other.text):
        note = f"the caption stands on page {caption.page + 1}, the figure on page {other.page + 1}"
        rest = ((caption.page, caption.box), *caption.rest)
        return place, replace(other, text=caption.text, rest=rest, notes=(*caption.notes, note))
    text = f"{caption.text} {_CONTINUED.sub('', other.text, count=1)}".strip()
    note = f"the caption goes on under its label on page {other.page + 1}, whose picture is not part of this case"
    rest = (*caption.rest, (other.page, other.box), *other.rest)
    return place, replace(caption, text=text, rest=rest, notes=(*caption.notes, note, *other.notes))


def is_caption_line(line: Line) -> bool:
    """True when a line could start a caption.

    Example:
        >>> is_caption_line(Line("Figure 3. Grains.", (0, 0, 100, 10), 0, 10.0, "Times", bold=True))
        True
    """
    return _LABEL.match(line.text) is not None or _TABLE.match(line.text) is not None


def _starts(block: Block) -> Iterable[int]:
    """Lines of a block that may start a caption: the first, and later ones whose print differs from the line before."""
    for number, line in enumerate(block.lines):
        fresh = number == 0 or (line.bold and not block.lines[number - 1].bold)
        if fresh and is_caption_line(line):
            yield number


def _caption(blocks: list[Block], number: int, start: int, layout: Layout) -> Caption | None:
    lines = [*blocks[number].lines[start:]]
    for block in blocks[number + 1 : number + 4]:
        if _belongs(block, lines):
            lines += block.lines
        elif block.lines[0].size >= 0.7 * lines[0].size:
            break
    match = _LABEL.match(lines[0].text)
    if match is None:
        return None
    label = match["label"].strip()
    box = union(*(line.box for line in lines))
    more, notes = follow(lines, blocks, layout)
    text = joined_text([*lines, *(line for block in more for line in block.lines)])
    text = _MARKS.sub("", text[len(match["label"]) :], count=1)
    rest = tuple((block.page, block.box) for block in more)
    return Caption(name_of_label(label), label, text, box, lines[0].page, lines[0].turn, rest, notes)


def _belongs(block: Block, lines: list[Line]) -> bool:
    """True when a block is the next paragraph of a caption that these lines start."""
    first, last = block.lines[0], lines[-1]
    if (
        (first.page, first.turn) != (last.page, last.turn)
        or abs(first.size / last.size - 1) > 0.06
        or is_caption_line(first)
    ):
        return False
    gap = first.box[1] - last.box[3]
    same_edge = abs(first.box[0] - lines[0].box[0]) < 3
    return same_edge and -0.5 * last.size < gap < 0.3 * _NEXT_GAP * last.size


def _score(line: Line, layout: Layout) -> float:
    match = _LABEL.match(line.text)
    if match is None:
        return 0
    score = 2.0 if match["mark"] is not None else 0.0
    score += 1.0 if line.bold else 0.0
    score += 1.0 if line.size < 0.96 * layout.size else 0.0
    score += 1.0 if match["mark"] is None and _NAMED.match(match["rest"]) else 0.0
    if match["mark"] is None and _GOES_ON.match(match["rest"]):
        score -= 2.0
    return score
