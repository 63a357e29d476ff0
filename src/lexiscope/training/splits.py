"""`ensure_splits`: a corpus that nobody has split is split before anything is learned from it."""

from collections import defaultdict

from lexiscope.corpus import Corpus
from lexiscope.corpus.splits import split_corpus
from lexiscope.features.processes import process_state

_LEAST = 10  # groups; of fewer, a tenth for each held-out split is nobody


def ensure_splits(corpus: Corpus) -> tuple[Corpus, tuple[str, ...]]:
    """The corpus with splits by group, and a note where they were dealt out just now.

    What was learned from without a split can never be measured on honestly any more, so the first stage that learns
    deals them out. Splits that are there stay as they are; so does a corpus of a few groups.
    """
    found = _groups_by_split(corpus)
    if found.keys() != {None} or len(found[None]) < _LEAST:
        return corpus, ()
    together = process_state()
    if together.is_main_process:
        split_corpus(corpus)
    together.wait_for_everyone()
    dealt = Corpus.open(corpus.path)
    counts = ", ".join(f"{split} {len(groups)}" for split, groups in sorted(_groups_by_split(dealt).items(), key=str))
    return dealt, (f"the corpus had no splits, so its groups were dealt out: {counts}",)


def _groups_by_split(corpus: Corpus) -> dict[str | None, set[str]]:
    found: dict[str | None, set[str]] = defaultdict(set)
    for row in corpus.rows(columns=["group", "split"]):
        found[row["split"]].add(row["group"])
    return found
