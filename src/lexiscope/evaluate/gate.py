"""The gate before every number: what the model learned from must not share what the measured split holds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lexiscope.core.errors import CorpusError, LeakageError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.audit import AuditReport, audit_corpus
from lexiscope.corpus.joined import JoinedCorpora
from lexiscope.models.directory import ModelDirectory

_UNKNOWN = {"path": "a known place", "version": None, "split": None}  # of a model that lexiscope did not train
_SHOWN = 3  # leaks in the message of a refusal


def leakage_gate(
    model: ModelDirectory,
    corpus: Corpus,
    *,
    split: str,
    accept_leak: str | None = None,
    near_spared: float = 0.0,
    learned_from: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Audit all that the model learned from, pretraining included, against one split of a corpus.

    Args:
        model: The model, whose record says what it learned from.
        corpus: The corpus that is measured.
        split: Name of the split that is measured.
        accept_leak: Reason to go on in spite of a leak; returned with the findings, to be printed beside the numbers.
        near_spared: Share of the measured cases that may be near-duplicates of what was learned from, when nothing
            else is refused: they are named as "left_out_cases", and the evaluation must leave them out.
        learned_from: Corpus part that was learned from besides, such as by its assistant, in the form of a record's
            "trained_on".

    Returns:
        JSON types: "checked", "ok", what was compared, the audit's findings and rule, "left_out_cases", and "accepted",
        the reason given. "checked" is false when the corpus trained on cannot be found any more.

    Raises:
        LeakageError: they share a group, an image or a describing text, or it cannot be told because a corpus trained
            on is gone, and no reason to accept it was given.
        UsageError: the reason is empty.
    """
    if accept_leak is not None and not accept_leak.strip():
        raise UsageError("a leak is accepted for a reason, got an empty one; say why it does not matter here")
    everything = _all_learned_from(model, learned_from)
    measured_on = {"corpus": corpus.version, "split": split}
    trained, before = next(iter(everything), None), everything[1:]
    compared = {"trained_on": trained, "before_that": before, "measured_on": measured_on}
    learned, gone = _opened(everything, corpus)
    if gone is not None:
        note = f"the corpus trained on is not at {gone} any more, so a leak cannot be excluded"
        if accept_leak is None:
            raise LeakageError(f"{note}; put it back there, or go on with --accept-leak REASON")
        return {"checked": False, "ok": None, **compared, "note": note, "accepted": accept_leak}
    report = audit_corpus(JoinedCorpora(learned, (corpus, split)))
    spared = _near_cases(report, corpus, split=split, share=near_spared)
    fine = report.ok or bool(spared)
    if not fine and accept_leak is None:
        raise LeakageError(_refusal(report, split))
    accepted = None if fine else accept_leak
    return {"checked": True, **compared, **report.to_dict(), "left_out_cases": spared, "accepted": accepted}


def _all_learned_from(model: ModelDirectory, learned_from: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The last stage first: what is named, what the joint space was aligned on, what its towers were pretrained on.

    Of a model without a joint space: what its parts were trained on. Nothing of a published model that is untrained.
    """
    records = [model.record(name) for name in ("joint",) if model.has(name)] or list(map(model.record, model.parts()))
    started = [part["trained_on"] for record in records for part in record.get("started_from", {}).values()]
    trained = [record.get("trained_on", _UNKNOWN) for record in records] or [_UNKNOWN]
    everything = [*([learned_from] if learned_from else []), *trained, *started]
    return [one for place, one in enumerate(everything) if one is not None and one not in everything[:place]]


def _opened(trained: Sequence[dict[str, Any]], corpus: Corpus) -> tuple[list[tuple[Corpus, str | None]], str | None]:
    """Corpora trained on with their splits, and where the first of those was that are gone."""
    learned = [(_open(one, corpus), one["split"]) for one in trained]
    gone = next((one["path"] for one, (opened, _) in zip(trained, learned, strict=True) if opened is None), None)
    return [(opened, split) for opened, split in learned if opened is not None], gone


def _open(trained: dict[str, Any], corpus: Corpus) -> Corpus | None:
    if trained["version"] == corpus.version:
        return corpus
    try:
        return Corpus.open(Path(trained["path"]))
    except CorpusError:
        return None


def _near_cases(report: AuditReport, corpus: Corpus, *, split: str, share: float) -> list[str]:
    """The measured cases whose images are nearly those learned from, when that is all and they are few enough."""
    if set(report.refused) != {"near_image"} or report.refused["near_image"] > len(report.leaks):
        return []
    measured = {row["id"] for row in corpus.rows(split=split, columns=["id"])}
    near = sorted({case for leak in report.leaks for case in leak.shared} & measured)
    return near if len(near) <= share * len(measured) else []


def _refusal(report: AuditReport, split: str) -> str:
    counts = ", ".join(f"{count} x {kind.replace('_', '-')}" for kind, count in report.refused.items())
    examples = "; ".join(leak.detail for leak in report.leaks[:_SHOWN])
    return (
        f"training and split {split!r} share {counts}, so a score would measure memory. For example: {examples}. "
        "Split again by group (lexiscope corpus split), or go on with --accept-leak REASON"
    )
