"""The gate before every number: what the model learned from must not share what the measured split holds."""

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
    model: ModelDirectory, corpus: Corpus, *, split: str, accept_leak: str | None = None
) -> dict[str, Any]:
    """Audit what the model was trained on against one split of a corpus.

    Args:
        accept_leak: Why to go on in spite of a leak; returned with the findings, to be printed beside the numbers.

    Returns:
        JSON types: "checked", "ok", what was compared, the audit's findings and rule, and "accepted", the reason given.
        "checked" is false when the corpus trained on cannot be found any more.

    Raises:
        LeakageError: they share a group, an image or a describing text, or it cannot be told because the corpus trained
            on is gone, and no reason to accept it was given.
        UsageError: the reason is empty.
    """
    if accept_leak is not None and not accept_leak.strip():
        raise UsageError("a leak is accepted for a reason, got an empty one; say why it does not matter here")
    trained = model.record().get("trained_on", _UNKNOWN)
    compared = {"trained_on": trained, "measured_on": {"corpus": corpus.version, "split": split}}
    learned = _open(trained, corpus)
    if learned is None:
        note = f"the corpus trained on is not at {trained['path']} any more, so a leak cannot be excluded"
        if accept_leak is None:
            raise LeakageError(f"{note}; put it back there, or go on with --accept-leak REASON")
        return {"checked": False, "ok": None, **compared, "note": note, "accepted": accept_leak}
    report = audit_corpus(JoinedCorpora((learned, trained["split"]), (corpus, split)))
    if not report.ok and accept_leak is None:
        raise LeakageError(_refusal(report, split))
    return {"checked": True, **compared, **report.to_dict(), "accepted": None if report.ok else accept_leak}


def _open(trained: dict[str, Any], corpus: Corpus) -> Corpus | None:
    if trained["version"] == corpus.version:
        return corpus
    try:
        return Corpus.open(Path(trained["path"]))
    except CorpusError:
        return None


def _refusal(report: AuditReport, split: str) -> str:
    counts = ", ".join(f"{count} x {kind.replace('_', '-')}" for kind, count in report.refused.items())
    examples = "; ".join(leak.detail for leak in report.leaks[:_SHOWN])
    return (
        f"training and split {split!r} share {counts}, so a score would measure memory. For example: {examples}. "
        "Split again by group (lexiscope corpus split), or go on with --accept-leak REASON"
    )
