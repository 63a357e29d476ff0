"""Small corpora about which the right questions are known by hand."""

import io
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.core.case import Case, Provenance, Scalar
from lexiscope.core.passage import Passage
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.language.text.lexicon import Lexicon
from lexiscope.language.text.reading import CaseReading
from lexiscope.sources.draft import Draft, Encoded, ImageFile
from lexiscope.testing.cases import DraftSource


def _png(value: int) -> ImageFile:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.full((8, 8), value, np.uint8)).save(stream, format="PNG")
    return ImageFile(Encoded(stream.getvalue(), suffix=".png"))


@pytest.fixture
def png() -> Callable[[int], ImageFile]:
    """Make a flat picture of one grey value."""
    return _png


@pytest.fixture
def figures(tmp_path: Path) -> Callable[..., Corpus]:
    """Make a corpus of figures from captions, or from (caption, mentions, attributes)."""

    def make(
        *entries: str | tuple[str, list[str], Mapping[str, Scalar]], name: str = "figures", **fields: Any
    ) -> Corpus:
        drafts = []
        for place, entry in enumerate(entries):
            caption, mentions, attributes = (entry, [], {}) if isinstance(entry, str) else entry
            texts = [Passage("caption", caption)] if caption else []
            texts += [Passage("mention", text) for text in mentions]
            drafts.append(
                Draft(
                    id=f"figure-{place}",
                    group=f"paper-{place}",
                    provenance=Provenance("testing", licence="CC0-1.0", locator={"label": "Figure 1"}),
                    images={"figure": _png(place)},
                    texts=tuple(texts),
                    attributes=attributes,
                    split="train",
                    **fields,
                )
            )
        build_corpus(tmp_path / name, DraftSource(drafts))
        return Corpus.open(tmp_path / name)

    return make


@cache
def _lexicon() -> Lexicon:
    return Lexicon.load()


@pytest.fixture
def reading() -> Callable[..., CaseReading]:
    """Read a case that has a caption, paragraphs that may name it as Figure 1, and attributes."""

    def make(
        caption: str = "", *mentions: str, attributes: Mapping[str, Scalar] | None = None, level: str = "full"
    ) -> CaseReading:
        texts = [Passage("caption", caption)] if caption else []
        texts += [Passage("mention", text) for text in mentions]
        provenance = Provenance("by hand", locator={"label": "Figure 1"})
        case = Case("figure-0", "paper-0", provenance, texts=tuple(texts), attributes=attributes or {})
        return CaseReading(case, _lexicon(), level)

    return make
