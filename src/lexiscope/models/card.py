"""`model_card`: what a reader must know about a model, as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from lexiscope.views import View


def model_card(config: Mapping[str, Any], *, views: Mapping[str, View], record: Mapping[str, Any]) -> str:
    """The README of a model directory.

    Args:
        config: Settings of the joint space, JSON types.
        views: By modality.
        record: What made it: corpus, seed, metrics, versions.
    """
    encoder = config["encoder"]
    sections = [
        "# A lexiscope model",
        "Images and texts in one space: it finds images by words and words by image.",
        "**Research use only, not for diagnosis.**",
        "## Towers\n\n" + _weights(config.get("weights", [])),
        f"Modalities meet by {encoder['fusion']} fusion; any of them may be missing.\n\n" + _views(views),
        "## Training\n\n" + _training(record),
        "## Measured\n\n" + _metrics(record.get("metrics", {})),
    ]
    return "\n\n".join(sections) + "\n"


def _weights(weights: Sequence[Mapping[str, str]]) -> str:
    if not weights:
        return "All weights were trained from scratch on the corpus below."
    rows = [f"| {w['name']} | {w['origin']} | {w['place']} | {w['licence']} |" for w in weights]
    return "\n".join(["| weights | trained by | found in | licence |", "|---|---|---|---|", *rows])


def _views(views: Mapping[str, View]) -> str:
    rows = [f"| {name} | {view.kind} | {' x '.join(map(str, view.shape))} |" for name, view in sorted(views.items())]
    return "\n".join(["| modality | view | shape |", "|---|---|---|", *rows])


def _training(record: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in record.get("versions", {}).items())
    facts = {
        "made by": record.get("verb"),
        "corpus version": record.get("corpus"),
        "seed": record.get("seed"),
        "started": record.get("started"),
        "versions": versions,
    }
    return "\n".join(
        f"- {name}: {value if value not in (None, '') else 'not recorded'}" for name, value in facts.items()
    )


def _metrics(metrics: Mapping[str, Any]) -> str:
    if not metrics:
        return "Nothing yet; run `lexiscope evaluate`."
    return "\n".join(f"- {name}: {_number(value)}" for name, value in metrics.items())


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
