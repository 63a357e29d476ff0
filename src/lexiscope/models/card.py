"""`model_card`: weights, licences, training and metrics of a model's parts, as Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lexiscope.core.markdown import escape

if TYPE_CHECKING:
    from lexiscope.views import View


@dataclass(frozen=True)
class CardSection:
    """Section of a model card about one part.

    Args:
        title: Heading of the section.
        folder: Name of the part's folder.
        summary: Purpose of the part, in a sentence or two.
        weights: Origin of each pretrained weight, as `WeightsSource.to_dict` gives it, with a sentence under "chosen"
            where it was not named; empty for a part from scratch.
        views: The view of each modality that the part reads.
        notes: Further sentences, one for each piece of the part.
        record: Run that made the part: verb, corpus, seed, versions, metrics.
        fault: Reason why the part cannot be used, and what to do; empty for a sound part.
    """

    title: str
    folder: str
    summary: str = ""
    weights: Sequence[Mapping[str, str]] = ()
    views: "Mapping[str, View]" = field(default_factory=dict)
    notes: Sequence[str] = ()
    record: Mapping[str, Any] = field(default_factory=dict)
    fault: str = ""


def model_card(sections: Sequence[CardSection]) -> str:
    """The README of a model directory: one section for each part, and the licences of all weights at the top.

    Args:
        sections: The parts that are present.

    Example:
        >>> print(model_card([CardSection("Text tower", "text", "Reads.")]).splitlines()[0])
        # A lexiscope model
    """
    head = [
        "# A lexiscope model",
        "**Research use only, not for diagnosis.**",
        "Licences of the pretrained weights inside: " + _licences(sections) + ".",
    ]
    return "\n\n".join([*head, *(_section(section) for section in sections)]) + "\n"


def _licences(sections: Sequence[CardSection]) -> str:
    known = {escape(weights.get("licence", "unknown")) for section in sections for weights in section.weights}
    return "; ".join(sorted(known)) or "none, all of it was trained from scratch"


def _section(section: CardSection) -> str:
    heading = f"## {escape(section.title)} (`{section.folder}/`)"
    if section.fault:
        return f"{heading}\n\n**{escape(section.fault)}**"
    blocks = [
        heading,
        section.summary,
        _weights(section.weights),
        *(["\n".join(f"- {escape(note)}" for note in section.notes)] if section.notes else []),
        *([_views(section.views)] if section.views else []),
        "### Training\n\n" + _training(section.record),
        "### Measured\n\n" + _metrics(section.record.get("metrics", {})),
    ]
    return "\n\n".join(blocks)


def _weights(weights: Sequence[Mapping[str, str]]) -> str:
    if not weights:
        return "All of its weights were trained from scratch on the corpus below."
    columns = {"weights": "name", "trained by": "origin", "found in": "place", "licence": "licence"}
    table = _table(list(columns), [[row.get(key, "unknown") for key in columns.values()] for row in weights])
    return "\n\n".join([table, *(f"{escape(row['chosen'])}." for row in weights if "chosen" in row)])


def _views(views: "Mapping[str, View]") -> str:
    rows = [[name, view.kind, " x ".join(map(str, view.shape))] for name, view in sorted(views.items())]
    return _table(["modality", "view", "shape"], rows)


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    cells = [columns, ["---"] * len(columns), *([escape(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _training(record: Mapping[str, Any]) -> str:
    facts = {
        "made by": record.get("verb"),
        "corpus version": record.get("corpus"),
        "seed": record.get("seed"),
        "started": record.get("started"),
        "versions": ", ".join(f"{name} {number}" for name, number in record.get("versions", {}).items()),
    }
    return "\n".join(
        f"- {name}: {escape(value) if value not in (None, '') else 'not recorded'}" for name, value in facts.items()
    )


def _metrics(metrics: Mapping[str, Any]) -> str:
    if not metrics:
        return "Nothing yet; run `lexiscope evaluate`."
    return "\n".join(f"- {escape(name)}: {_number(value)}" for name, value in metrics.items())


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else escape(value)
