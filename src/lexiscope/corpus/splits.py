"""`split_corpus`: give every case a split, so that no two splits share a group, a picture or a describing text."""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from lexiscope.core.batched import stream_batches
from lexiscope.core.errors import UsageError
from lexiscope.corpus.duplicates.shared_images import shared_images
from lexiscope.corpus.store import Corpus
from lexiscope.corpus.union_find import UnionFind
from lexiscope.corpus.wording import shared_texts

FRACTIONS = {"train": 0.8, "val": 0.1, "test": 0.1}
_BATCH = 512  # cases held at once


@dataclass(frozen=True, slots=True)
class SplitReport:
    """Counts of a split corpus.

    Args:
        cases: Split -> cases.
        groups: Split -> groups.
        joined: Groups that were kept together with another group because they share a picture or a text.
        conflicts: Groups left as they were because the source put what belongs together into different splits;
            `corpus audit` says what they share.
    """

    cases: dict[str, int]
    groups: dict[str, int]
    joined: int
    conflicts: int


def split_corpus(
    corpus: Corpus | Path | str, *, fractions: Mapping[str, float] = FRACTIONS, seed: int = 0
) -> SplitReport:
    """Assign the cases that have no split yet; splits that the source gave are kept, whatever their names.

    Groups that share an image, a near-duplicate image or a describing text (the rule is in `corpus.wording`) go
    together. A group that touches a split already goes there; the others are dealt out in an order that depends on the
    seed and the group names alone, each to the split that is furthest below its fraction.

    Args:
        fractions: Split -> share of the newly assigned cases; together 1.

    Raises:
        UsageError: fractions that are negative or do not add up to 1.

    Example:
        >>> import tempfile
        >>> from lexiscope.core import Case, Provenance
        >>> corpus = Corpus.create(f"{tempfile.mkdtemp()}/scans")
        >>> corpus.upsert(Case(f"visit-{n}", f"patient-{n // 2}", Provenance("table")) for n in range(20)).added
        20
        >>> split_corpus(corpus, fractions={"train": 0.8, "test": 0.2}).groups
        {'train': 8, 'test': 2}
    """
    _require_shares(fractions)
    corpus = Corpus.of(corpus)
    groups = _Groups()
    for row in corpus.rows(columns=["group", "split"]):
        groups.add(row["group"], row["split"])
    for pair in shared_images(corpus):
        if not pair.flat:
            groups.linked.join(pair.first.group, pair.second.group)
    for text in shared_texts(corpus):
        if not text.template:
            for other in text.groups[1:]:
                groups.linked.join(text.groups[0], other)
    chosen, conflicts = _choose(groups, fractions, seed)
    with corpus.writing():
        _write(corpus, chosen)
        corpus.tidy()
    return _report(corpus, groups, conflicts)


def _require_shares(fractions: Mapping[str, float]) -> None:
    shares = [share for share in fractions.values() if math.isfinite(share) and share >= 0]
    if fractions and len(shares) == len(fractions) and abs(sum(shares) - 1) <= 1e-6:
        return
    msg = f"fractions must be at least 0 and add up to 1, got {dict(fractions)}; such as train=0.8 test=0.2"
    raise UsageError(msg)


@dataclass(frozen=True, slots=True)
class _Groups:
    """Groups, which of them belong together, and the splits they have.

    Args:
        linked: Groups that share a picture or a text in one set.
        unsplit: Group -> its cases without a split.
        splits: Group -> splits of its cases.
    """

    linked: UnionFind = field(default_factory=UnionFind)
    unsplit: Counter[str] = field(default_factory=Counter)
    splits: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, group: str, split: str | None) -> None:
        self.linked.add(group)
        if split is None:
            self.unsplit[group] += 1
        else:
            self.splits[group].add(split)


def _choose(groups: _Groups, fractions: Mapping[str, float], seed: int) -> tuple[dict[str, str], int]:
    """Group -> split for the groups with unsplit cases, and the number of groups in conflict."""
    chosen: dict[str, str] = {}
    free: dict[str, list[str]] = {}
    conflicts = 0
    for name, members in groups.linked.sets().items():
        given = {split for member in members for split in groups.splits[member]}
        if len(given) > 1:
            conflicts += len(members)
        if given:
            # The most sensible home of the rest of a set that the source already tore apart is a split it touches.
            chosen |= dict.fromkeys(members, min(given))
        elif sum(groups.unsplit[member] for member in members):
            free[name] = members
    return chosen | _deal(free, groups.unsplit, fractions, seed), conflicts


def _deal(
    free: Mapping[str, list[str]], sizes: Counter[str], fractions: Mapping[str, float], seed: int
) -> dict[str, str]:
    total = sum(sizes[member] for members in free.values() for member in members)
    wanted = {split: share * total for split, share in fractions.items() if share > 0}
    filled: Counter[str] = Counter()
    chosen: dict[str, str] = {}
    for name in sorted(free, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest()):
        split = min(wanted, key=lambda split: filled[split] / wanted[split])
        filled[split] += sum(sizes[member] for member in free[name])
        chosen |= dict.fromkeys(free[name], split)
    return chosen


def _write(corpus: Corpus, chosen: Mapping[str, str]) -> None:
    # Ids first: rows move while they are rewritten, and a scan must not meet them twice.
    unsplit = [row["id"] for row in corpus.rows(columns=["id", "split"]) if row["split"] is None]
    batches = (corpus.take(ids) for ids in stream_batches(unsplit, _BATCH))
    corpus.set_splits(replace(case, split=chosen[case.group]) for cases in batches for case in cases)


def _report(corpus: Corpus, groups: _Groups, conflicts: int) -> SplitReport:
    cases: Counter[str] = Counter()
    members: dict[str, set[str]] = defaultdict(set)
    for row in corpus.rows(columns=["group", "split"]):
        cases[row["split"]] += 1
        members[row["split"]].add(row["group"])
    joined = sum(len(linked) for linked in groups.linked.sets().values() if len(linked) > 1)
    return SplitReport(dict(cases), {split: len(names) for split, names in members.items()}, joined, conflicts)
