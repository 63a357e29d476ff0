"""`audit_corpus`: prove that no two splits share what would make a test score a memory test."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from lexiscope.core.errors import UsageError
from lexiscope.corpus.duplicates.shared_images import shared_images
from lexiscope.corpus.duplicates.shared_texts import SHARE, find_overlaps
from lexiscope.corpus.joined import Readable
from lexiscope.corpus.store import Corpus
from lexiscope.corpus.wording import MANY, normalise

RULE = (
    "Refused between two splits: a shared group; an image with the same bytes or a near-duplicate (at most 24 of 256 "
    "bits of its perceptual hash differ); identical describing texts (caption, alt_text, report, finding) where they "
    f"are all that a measured case has, or reach more than {SHARE:.0%} of the measured cases. Named and left "
    "out of the measurement: other identical describing texts. Reported, not refused: template text (shared by "
    f"{MANY} or more groups, or made only of three-word runs that {MANY} or more other groups use too), questions, "
    "titles, and images of one colour."
)
_EXAMPLES = 20  # of each kind


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that two splits share.

    Args:
        kind: "group", "image", "near_image" or "text".
        splits: The two splits.
        shared: The group, the two cases, or the text.
        detail: Explanation for people of what exactly is shared.
    """

    kind: str
    splits: tuple[str, str]
    shared: tuple[str, ...]
    detail: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Findings of an audit: everything that two splits of a corpus share.

    Args:
        ok: True when nothing is refused.
        splits: The splits that were compared, with their cases.
        refused: Kind of leak -> its number.
        leaks: Up to twenty of each kind.
        left_out: Describing texts in two splits that give no case away; evaluation does not ask for them.
        reported: Kind of what is shared but not refused -> its number.
        rule: Rule in words: findings that are refused, and those that are only reported.
    """

    ok: bool
    splits: dict[str, int]
    refused: dict[str, int]
    leaks: tuple[Leak, ...]
    left_out: tuple[str, ...]
    reported: dict[str, int]
    rule: str = RULE

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


def audit_corpus(corpus: Readable | Path | str, *, splits: Iterable[str] | None = None) -> AuditReport:
    """Look for groups, images and texts that two splits share; `RULE` says what is refused.

    Args:
        splits: Compare only these; by default all that the corpus has. Cases without a split are not compared.

    Raises:
        UsageError: a split that the corpus does not have.

    Example:
        >>> import tempfile
        >>> from lexiscope.core import Case, Provenance
        >>> corpus = Corpus.create(f"{tempfile.mkdtemp()}/scans")
        >>> corpus.upsert(Case(name, "p1", Provenance("table"), split=name) for name in ("train", "test")).added
        2
        >>> report = audit_corpus(corpus)
        >>> report.ok, report.leaks[0].detail
        (False, 'group p1 has cases in both')
    """
    corpus = Corpus.open(corpus) if isinstance(corpus, Path | str) else corpus
    homes, sizes = _homes(corpus)
    compared = set(sizes) if splits is None else set(splits)
    if unknown := compared - set(sizes):
        raise UsageError(
            f"no case is in split {min(unknown)!r}. The corpus has: {', '.join(sorted(sizes)) or 'no splits'}"
        )
    homes = {group: splits_of & compared for group, splits_of in homes.items()}
    sizes = Counter({split: count for split, count in sorted(sizes.items()) if split in compared})
    counts = _Tally()
    for group, where in homes.items():
        for pair in combinations(sorted(where), 2):
            counts.refuse(Leak("group", pair, (group,), f"group {group} has cases in both"))
    _compare_images(corpus, compared, counts)
    left_out = _compare_texts(corpus, homes, sizes, counts)
    counts.reported.update(_shared_wording(corpus, compared))
    return AuditReport(
        ok=not counts.refused,
        splits=dict(sizes),
        refused=dict(counts.refused),
        leaks=tuple(counts.leaks),
        left_out=left_out,
        reported=dict(counts.reported),
    )


class _Tally:
    """Counts of everything, examples of some."""

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self.reported: Counter[str] = Counter(template_texts=0, flat_images=0)
        self.leaks: list[Leak] = []

    def refuse(self, leak: Leak) -> None:
        self.refused[leak.kind] += 1
        if self.refused[leak.kind] <= _EXAMPLES:
            self.leaks.append(leak)


def _homes(corpus: Readable) -> tuple[dict[str, set[str]], Counter[str]]:
    """Group -> its splits, and split -> its cases."""
    homes: dict[str, set[str]] = defaultdict(set)
    sizes: Counter[str] = Counter()
    for row in corpus.rows(columns=["group", "split"]):
        if row["split"] is not None:
            homes[row["group"]].add(row["split"])
            sizes[row["split"]] += 1
    return homes, sizes


def _compare_images(corpus: Readable, compared: set[str], counts: _Tally) -> None:
    for duplicate in shared_images(corpus):
        one, two = duplicate.first, duplicate.second
        if one.split == two.split or one.split not in compared or two.split not in compared:
            continue
        if duplicate.flat:
            counts.reported["flat_images"] += 1
            continue
        kind = "image" if duplicate.bits is None else "near_image"
        how = "the same file" if duplicate.bits is None else f"{duplicate.bits} of 256 bits differ"
        detail = f"{one.modality} of {one.case} ({one.split}) and {two.modality} of {two.case} ({two.split}): {how}"
        pair = (min(one.split, two.split), max(one.split, two.split))
        counts.refuse(Leak(kind, pair, (one.case, two.case), detail))


def _compare_texts(
    corpus: Readable, homes: dict[str, set[str]], sizes: Counter[str], counts: _Tally
) -> tuple[str, ...]:
    overlaps = find_overlaps(corpus, sizes=sizes, homes=homes)
    counts.reported["template_texts"] += overlaps.templates
    for overlap in overlaps.texts:
        if overlap.gives_away:
            detail = f"groups {', '.join(overlap.groups)} share the text {overlap.text!r}"
            counts.refuse(Leak("text", overlap.splits, (overlap.text,), detail))
    return tuple(dict.fromkeys(overlap.text for overlap in overlaps.texts if not overlap.gives_away))


def _shared_wording(corpus: Readable, compared: set[str]) -> dict[str, int]:
    """Numbers of distinct questions and titles that stand in more than one split."""
    homes: dict[tuple[str, int], set[str]] = defaultdict(set)
    for row in corpus.rows(columns=["split", "texts", "turns"]):
        if row["split"] in compared:
            for kind, text in _wording(row):
                homes[kind, hash(normalise(text))].add(row["split"])
    shared = Counter(kind for (kind, _), where in homes.items() if len(where) > 1)
    return {"questions": shared["questions"], "titles": shared["titles"]}


def _wording(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from (("questions", turn["question"]) for turn in row["turns"])
    yield from (("titles", passage["text"]) for passage in row["texts"] if passage["kind"] == "title")
