"""`ensure_splits`: splits by group for a corpus without any, before anything is learned from it."""

from collections import defaultdict

from lexiscope.corpus import Corpus
from lexiscope.corpus.splits import split_corpus
from lexiscope.features.processes import process_state

_LEAST = 10  # groups; of fewer, a tenth for each held-out split is nobody


def ensure_splits(corpus: Corpus) -> tuple[Corpus, tuple[str, ...]]:
    """Corpus with splits by group, and a note where they were made just now.

    What was learned from without a split can never be measured on honestly any more, so the first stage that learns
    makes them. Existing splits stay as they are; so does a corpus of a few groups.
    """
    groups = _groups_by_split(corpus)
    if groups.keys() != {None} or len(groups[None]) < _LEAST:
        return corpus, ()
    state = process_state()
    if state.is_main_process:
        split_corpus(corpus)
    state.wait_for_everyone()
    corpus_with_splits = Corpus.open(corpus.path)
    counts = ", ".join(
        f"{split} {len(groups)}" for split, groups in sorted(_groups_by_split(corpus_with_splits).items(), key=str)
    )
    return corpus_with_splits, (f"the corpus had no splits, so its groups were dealt out: {counts}",)


def _groups_by_split(corpus: Corpus) -> dict[str | None, set[str]]:
    groups: dict[str | None, set[str]] = defaultdict(set)
    for row in corpus.rows(columns=["group", "split"]):
        groups[row["split"]].add(row["group"])
    return groups
