"""Predictions for people: any of them as tables, and those of lexiscope's own tasks with what they say beside."""

from collections.abc import Callable, Mapping
from typing import Any

from lexiscope.cli.output import print_lines, print_table, say
from lexiscope.core.prediction import Evidence, Prediction

_TEXT_SHOWN = 160
_ON_PEOPLE = "research use, not for diagnosis"


def print_prediction(prediction: Prediction) -> None:
    """Print what a task predicts, how sure it is, the evidence, and a warning where images are unlike the training."""
    _PRINTED.get(prediction.task, _print_any)(prediction)
    if prediction.out_of_distribution is not None and prediction.out_of_distribution.warning is not None:
        say(prediction.out_of_distribution.warning)


def _print_any(prediction: Prediction) -> None:
    columns, rows = _rows_of(prediction.to_dict()["value"], name=prediction.task)
    print_table(prediction.case, columns, [[_cell(cell) for cell in row] for row in rows])
    known = (("score", prediction.score), ("uncertainty", prediction.uncertainty))
    sure = ", ".join(f"{name} {number:.2f}" for name, number in known if number is not None)
    if sure:
        say(sure)
    _print_evidence(prediction)


def _rows_of(value: Any, *, name: str) -> tuple[list[str], list[list[Any]]]:
    """Columns and rows of a value: of several rows one each, of a mapping its items, of anything else itself."""
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        columns = list(dict.fromkeys(key for row in value for key in row))
        return columns, [[row.get(key) for key in columns] for row in value]
    items = value.items() if isinstance(value, dict) else [(name, value)]
    return ["what", "value"], [[key, item] for key, item in items]


def _print_answer(prediction: Prediction) -> None:
    value, score = prediction.value, prediction.score or 0.0
    if value["abstained"]:
        say(f"I would rather not answer: {score:.0%} is too unsure. My best guess follows.")
    print_table(value["question"], ("answer", "probability"), [(value["answer"], f"{score:.2f}")])
    if value["read_from_context"]:
        say("The answer was read in the context that you gave, and not seen in the image.")
    _print_evidence(prediction)


def _print_caption(prediction: Prediction) -> None:
    value = prediction.value
    row = (value["caption"], value["writer"], f"{prediction.score or 0.0:.2f}")
    print_table(prediction.case, ("caption", "written by", "score"), [row])
    clauses = [(one["text"], f"{one['probability']:.2f}", ", ".join(one["cases"])) for one in value["clauses"]]
    if clauses:
        print_table("what it rests on", ("clause", "probability", "seen in"), clauses)
    _print_evidence(prediction)


def _print_classes(prediction: Prediction) -> None:
    value = prediction.value
    probabilities = sorted(value["probabilities"].items(), key=lambda item: -item[1])
    rows = [(label, f"{probability:.3f}") for label, probability in probabilities]
    print_table(f"{value['attribute']} of {prediction.case}", ("value", "probability"), rows)
    opinions = [
        (name, f"{sum(opinion['belief'].values()):.2f}", f"{opinion['uncertainty']:.2f}")
        for name, opinion in value.get("opinions", {}).items()
    ]
    if opinions:
        print_table("opinions", ("modality", "belief", "uncertainty"), opinions)
    alike = [(near.case, near.group, near.details["label"], f"{near.score:.3f}") for near in prediction.evidence]
    print_table("most alike, of those learned from", ("case", "group", "value", "cosine"), alike)
    say(f"uncertainty {prediction.uncertainty:.2f} (0 sure, 1 a guess); {_ON_PEOPLE}")
    if "conformal" in value:
        say(_guarantee(value["conformal"]))


def _guarantee(conformal: Mapping[str, Any]) -> str:
    groups = conformal["groups"]
    if (1 - conformal["coverage"]) * (groups + 1) < 1 - 1e-9:
        return (
            f"{groups} held-out groups are too few for a guarantee; {1 / (1 - conformal['coverage']) - 1:.0f} would do"
        )
    labels = ", ".join(conformal["labels"]) or "none of the values"
    told = f"with {conformal['coverage']:.0%} coverage, by {groups} held-out groups: {labels}"
    held_back = f"; held back: more than {conformal['risk']:.0%} of all cases would be answered and wrong"
    return told + (held_back if conformal["held_back"] else "")


def _print_hits(prediction: Prediction) -> None:
    hits = prediction.value
    if not hits:
        say(f"nothing found for {prediction.case!r}; try other words, or fewer --where")
        return
    rows = [
        (
            rank,
            f"{hit['score']:.3f}",
            _cell(hit.get("matched", {})),
            hit["case"],
            hit["group"],
            _shorten(hit["text"]),
            hit["licence"],
        )
        for rank, hit in enumerate(hits, start=1)
    ]
    print_table(prediction.case, ("", "score", "matched", "case", "group", "text", "licence"), rows)
    if hits[0].get("untrained") is not None:
        say(f"found by {hits[0]['untrained']} as it was published: nothing of it was trained here")
    # below the table and unbroken, to be copied or clicked
    print_lines(f"{rank}  {hit['path']}" for rank, hit in enumerate(hits, start=1) if hit["path"] is not None)


def _print_masks(prediction: Prediction) -> None:
    masks = prediction.to_dict()["value"]["masks"]
    rows = [
        (
            rank,
            one["sentence"],
            one["structure"] or "unknown",
            "present" if one["present"] else "absent",
            _size_of(one),
            _diameters_of(one),
            one.get("side", ""),
            f"{one['score']:.2f}",
        )
        for rank, one in enumerate(masks, start=1)
    ]
    columns = ("", "sentence", "structure", "found", "size", "diameters", "side", "score")
    print_table(prediction.case, columns, rows)
    # below the table and unbroken, to be copied or clicked
    print_lines(f"{rank}  {one['file']}" for rank, one in enumerate(masks, start=1) if one["file"] is not None)
    for note in prediction.value["notes"]:
        say(note)
    say(_ON_PEOPLE)


def _size_of(mask: Mapping[str, Any]) -> str:
    for name, unit in (("volume_ml", "ml"), ("area_um2", "µm²")):
        if name in mask:
            return f"{mask[name]:.3g} {unit}" if mask[name] < 100 else f"{mask[name]:,.0f} {unit}"
    return f"{mask['voxels']:,} voxels"


def _diameters_of(mask: Mapping[str, Any]) -> str:
    lengths = mask.get("diameters") or ()
    return " x ".join(f"{length:.1f}" for length in lengths) + (f" {mask['unit']}" if lengths else "")


def _print_evidence(prediction: Prediction) -> None:
    if prediction.evidence:
        print_table("evidence", ("case", "says", "score", "image"), map(_evidence_row, prediction.evidence))


def _evidence_row(evidence: Evidence) -> tuple[str, str, str, str]:
    return evidence.case, evidence.text or "", f"{evidence.score:.2f}", evidence.details.get("path") or ""


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_cell(inner)}" for name, inner in value.items())
    return ", ".join(map(_cell, value)) if isinstance(value, list) else "" if value is None else str(value)


def _shorten(text: str | None) -> str:
    plain = " ".join((text or "").split())
    return plain if len(plain) <= _TEXT_SHOWN else plain[: _TEXT_SHOWN - 1].rstrip() + "…"


_PRINTED: Mapping[str, Callable[[Prediction], None]] = {
    "answer": _print_answer,
    "caption": _print_caption,
    "classify": _print_classes,
    "search": _print_hits,
    "segment": _print_masks,
}
