"""`summarise`: what a corpus holds, in numbers, from one pass over its cases."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lexiscope.corpus.rejections import read_rejections
from lexiscope.corpus.store import Corpus

_TOGETHER = "+"  # joins the modalities of a pattern: flair+pre


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of everything in a corpus.

    Args:
        version: Content version of the corpus.
        images: Modality -> images.
        missing: Modality -> cases with images that lack it.
        patterns: Modalities of a case joined by "+" -> cases; "none" for cases without an image.
        masks: Structure -> cases that were searched for it.
        structures: Structure -> cases in which it is "present" and "absent", those with images that are "not
            annotated", and "not counted" masks of a corpus of an earlier version; building it again counts them.
        texts: Kind of passage -> passages.
        text_columns: The source's name of the field -> passages.
        turns: Kind of question -> turns.
        splits: Split -> its cases and groups; "unsplit" for cases without one.
        licences: Licence -> cases.
        attributes: Attribute -> cases that have it.
        rejected: Inputs in `rejected.jsonl` that could not be used.
        unread: Known files in it that no case uses.
    """

    version: str
    cases: int
    groups: int
    images: dict[str, int]
    missing: dict[str, int]
    patterns: dict[str, int]
    without_image: int
    masks: dict[str, int]
    structures: dict[str, dict[str, int]]
    texts: dict[str, int]
    text_columns: dict[str, int]
    turns: dict[str, int]
    splits: dict[str, dict[str, int]]
    licences: dict[str, int]
    attributes: dict[str, int]
    rejected: int
    unread: int

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


def summarise(corpus: Corpus) -> Summary:
    """Count everything in a corpus; memory holds the names of its groups, not its cases.

    Example:
        >>> import tempfile
        >>> from lexiscope.core import Case, Provenance
        >>> corpus = Corpus.create(f"{tempfile.mkdtemp()}/scans")
        >>> corpus.upsert(Case(name, "patient-1", Provenance("table"), split="test") for name in ("one", "two")).added
        2
        >>> summarise(corpus).splits
        {'test': {'cases': 2, 'groups': 1}}
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    groups: dict[str, set[str]] = defaultdict(set)
    for row in corpus.rows():
        _count(row, counts)
        groups[row["split"] or "unsplit"].add(row["group"])
    kinds = Counter(line["kind"] for line in read_rejections(corpus.path))
    imaged = sum(counts["patterns"].values()) - counts["patterns"]["none"]
    return Summary(
        version=corpus.version,
        cases=len(corpus),
        groups=len(set().union(*groups.values())),
        images=_sorted(counts["images"]),
        missing={modality: imaged - n for modality, n in _sorted(counts["images"]).items() if n < imaged},
        patterns=_sorted(counts["patterns"]),
        without_image=counts["patterns"]["none"],
        masks=_sorted(counts["masks"]),
        structures=_structures(counts, imaged),
        texts=_sorted(counts["texts"]),
        text_columns=_sorted(counts["columns"]),
        turns=_sorted(counts["turns"]),
        splits={split: {"cases": n, "groups": len(groups[split])} for split, n in _sorted(counts["splits"]).items()},
        licences=_sorted(counts["licences"]),
        attributes=_sorted(counts["attributes"]),
        rejected=kinds["rejected"],
        unread=kinds["unread"],
    )


def _count(row: Mapping[str, Any], counts: dict[str, Counter[str]]) -> None:
    modalities = sorted(image["modality"] for image in row["images"])
    counts["images"].update(modalities)
    counts["patterns"][_TOGETHER.join(modalities) or "none"] += 1
    _count_masks(row["masks"], counts, imaged=bool(row["images"]))
    counts["texts"].update(text["kind"] for text in row["texts"])
    counts["columns"].update(text["column"] or text["kind"] for text in row["texts"])
    counts["turns"].update(turn["kind"] for turn in row["turns"])
    counts["splits"][row["split"] or "unsplit"] += 1
    counts["licences"][row["provenance"]["licence"]] += 1
    counts["attributes"].update(json.loads(row["attributes"]).keys())


def _count_masks(masks: Sequence[Mapping[str, Any]], counts: dict[str, Counter[str]], *, imaged: bool) -> None:
    structures = [mask["modality"] for mask in masks]
    counts["masks"].update(structures)
    counts["imaged masks"].update(structures if imaged else ())
    for mask in masks:
        counts[_finding(mask.get("marked"))][mask["modality"]] += 1


def _finding(marked: int | None) -> str:
    return "not counted" if marked is None else "present" if marked else "absent"


def _structures(counts: Mapping[str, Counter[str]], imaged: int) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for structure in sorted(counts["masks"]):
        found[structure] = {
            "present": counts["present"][structure],
            "absent": counts["absent"][structure],
            "not annotated": imaged - counts["imaged masks"][structure],
        }
        if counts["not counted"][structure]:
            found[structure]["not counted"] = counts["not counted"][structure]
    return found


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts) if counts[name]}
