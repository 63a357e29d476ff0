"""Splits of any graph of groups: what belongs together stays together, whatever the order of the corpus."""

import hashlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lexiscope.core import Case, Image, Passage, Provenance
from lexiscope.corpus import Corpus
from lexiscope.corpus.audit import audit_corpus
from lexiscope.corpus.splits import split_corpus

_GROUPS = st.integers(0, 9)
_LINKS = st.lists(st.tuples(_GROUPS, _GROUPS), max_size=8)
_GIVEN = st.dictionaries(_GROUPS, st.sampled_from(["train", "test", "heldout"]), max_size=2)


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    sizes=st.lists(st.integers(1, 3), min_size=1, max_size=10),
    by_image=_LINKS,
    by_text=_LINKS,
    given_splits=_GIVEN,
    rng=st.randoms(use_true_random=False),
    seed=st.integers(0, 5),
)
def test_linked_groups_share_a_split_and_order_does_not_matter(sizes, by_image, by_text, given_splits, rng, seed):
    cases, hashes = make_cases(sizes, by_image, by_text, given_splits)
    first = split(cases, hashes, seed)
    assert first == split(rng.sample(cases, len(cases)), hashes, seed)
    given_of = {case.id: case.split for case in cases if case.split}
    assert given_of.items() <= first.items(), "splits that the source gave are kept"
    assert None not in first.values()
    group_of = {case.id: case.group for case in cases}
    for part in parts(len(sizes), [*by_image, *by_text]):
        splits = {first[name] for name, group in group_of.items() if int(group) in part}
        torn = {given_splits[group] for group in part if group in given_splits}
        assert len(splits) <= max(1, len(torn)), f"groups {part} are linked, but lie in {splits}"


def make_cases(sizes, by_image, by_text, given_splits):
    """Cases of groups 0, 1, ...; a link by image gives both groups the same file, one by text the same caption."""
    hashes = {}
    images = {group: [] for group in range(len(sizes))}
    texts = {group: [] for group in range(len(sizes))}
    for kind, links, held in (("image", by_image, images), ("text", by_text, texts)):
        for number, link in enumerate(links):
            for group in {place for place in link if place < len(sizes)}:
                held[group].append(f"{kind}-{number}")
    cases = []
    for group, size in enumerate(sizes):
        for number in range(size):
            own = {name: image(name, hashes) for name in images[group]} if number == 0 else {}
            said = [caption(name) for name in texts[group]] if number == size - 1 else []
            cases.append(
                Case(
                    f"case-{group}-{number}",
                    str(group),
                    Provenance("testing"),
                    images=own,
                    texts=tuple(said),
                    split=given_splits.get(group),
                )
            )
    return cases, hashes


def image(name, hashes):
    """An image that nobody opens: its perceptual hash is known, and far from all others."""
    content = hashlib.sha256(name.encode()).hexdigest()
    hashes[content] = hashlib.sha256(b"look" + name.encode()).digest()
    return Image(content=content, modality=name, format="png", shape=(4, 4), channels=1, bits=8)


def caption(name):
    """A text of words that stand in no other, so that it is no template."""
    words = hashlib.sha256(name.encode()).hexdigest()
    return Passage("caption", " ".join(words[start : start + 8] for start in range(0, 40, 8)))


def split(cases, hashes, seed):
    with tempfile.TemporaryDirectory() as folder:
        corpus = Corpus.create(Path(folder) / "corpus")
        corpus.upsert(cases, hashes=hashes)
        split_corpus(corpus, fractions={"train": 0.6, "val": 0.2, "test": 0.2}, seed=seed)
        if not any(case.split for case in cases):
            assert audit_corpus(corpus).ok
        return {case.id: case.split for case in corpus}


def parts(count, links):
    """Connected parts of groups 0 to count - 1."""
    linked = [{place for place in link if place < count} for link in links]
    rest = set(range(count))
    while rest:
        part = {min(rest)}
        while more := {place for link in linked if link & part for place in link} - part:
            part |= more
        yield part
        rest -= part
