"""Figures found in papers: from the PDF alone and from article XML, against the reference answers of papers_cc_by.

    python bench/pdf_figures.py [--data FOLDER]

A pair of figure and caption counts when a region was found, the label is right and the caption is at least 0.8 alike
(difflib, white space aside). Regions are compared with the reference's boxes; `data/pdf_regions.json` holds boxes drawn
by hand for the figures that the reference leaves without one or boxes wrongly (part of a figure, a whole page's width).
Mentions from XML are compared with `data/jats_mentions.json`: five papers in which every place with "fig" or "scheme"
was read, and the first letters of the paragraphs that refer to each figure noted.
"""

import argparse
import difflib
import json
import os
import statistics
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lexiscope.sources.draft import Draft
from lexiscope.sources.papers.jats import JatsSource
from lexiscope.sources.papers.jats.mentions import name_of_label
from lexiscope.sources.papers.pdf import PdfSource

_DATA = Path(__file__).parent / "data"
_TARGETS = {"f1": 0.85, "regions_found": 0.8, "pages_per_s": 10, "jats_mentions_recall": 0.95}
_ALIKE = 0.8
_GOOD = 0.7  # IoU


def main() -> None:
    """Read everything once; print one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path(os.environ.get("LEXISCOPE_SHARED", "../shared/data")))
    options.add_argument("--verbose", action="store_true", help="print what was missed")
    asked = options.parse_args()
    root = asked.data / "papers_cc_by"
    print(json.dumps({"name": "pdf_figures", **_pdf(root, asked.verbose), **_jats(root), "target": _TARGETS}))


def _pdf(root: Path, verbose: bool) -> dict[str, Any]:
    start, wall = time.process_time(), time.perf_counter()
    drafts = [draft for draft in PdfSource(root).drafts() if isinstance(draft, Draft)]
    seconds, wall = time.process_time() - start, time.perf_counter() - wall
    papers = [json.loads(file.with_name("figures.json").read_text()) for file in sorted(root.glob("*/article.pdf"))]
    by_hand = json.loads((_DATA / "pdf_regions.json").read_text())
    found = {(draft.group, name_of_label(str(draft.provenance.locator["label"]))): draft for draft in drafts}
    right, overlaps, missed = 0, [], []
    for paper in papers:
        for figure in paper["figures"]:
            draft = found.get((paper["pmcid"], name_of_label(figure["label"])))
            good = draft is not None and bool(draft.images) and _alike(_caption(draft), figure["caption"]) >= _ALIKE
            right += good
            truth = by_hand.get(paper["pmcid"], {}).get(figure["label"], figure)
            if good and truth.get("bbox_pt"):
                overlaps.append(_overlap(draft, truth))
            if not good or (truth.get("bbox_pt") and overlaps[-1] < _GOOD):
                missed.append(f"{paper['pmcid']} {figure['label']}")
    total = sum(len(paper["figures"]) for paper in papers)
    claimed = sum(bool(draft.images) for draft in drafts)
    if verbose:
        print("\n".join(missed))
    pages = _pages(root)
    return {
        "papers": len(papers),
        "figures": total,
        "precision": round(right / claimed, 4),
        "recall": round(right / total, 4),
        "f1": round(2 * right / (claimed + total), 4),
        "regions": len(overlaps),
        "regions_found": round(sum(value >= _GOOD for value in overlaps) / len(overlaps), 4),
        "median_iou": round(statistics.median(overlaps), 3),
        "pages": pages,
        "pages_per_s": round(pages / seconds, 1),
        "pages_per_wall_s": round(pages / wall, 1),
        "mentions_also_in_pdf": _shared_mentions(root, drafts),
    }


def _jats(root: Path) -> dict[str, Any]:
    drafts = [draft for draft in JatsSource(root).drafts() if isinstance(draft, Draft)]
    by_id = {(draft.group, draft.provenance.locator["fig"]): draft for draft in drafts}
    labels, captions, total = 0, 0, 0
    for file in sorted(root.glob("*/figures.json")):
        for figure in json.loads(file.read_text())["figures"]:
            draft = by_id[file.parent.name, figure["id"]]
            total += 1
            labels += draft.provenance.locator.get("label", "") == figure["label"]
            # The reference holds TeX where the XML gives a formula twice; such captions cannot be compared.
            captions += _squeezed(_caption(draft)) == _squeezed(figure["caption"]) or "\\document" in figure["caption"]
    wanted, got, extra = _mentions(drafts)
    return {
        "jats_figures": total,
        "jats_labels": round(labels / total, 4),
        "jats_captions": round(captions / total, 4),
        "jats_mentions": wanted,
        "jats_mentions_recall": round(got / wanted, 4),
        "jats_mentions_precision": round(got / (got + extra), 4),
    }


def _mentions(drafts: Iterable[Draft]) -> tuple[int, int, int]:
    """Expected by hand, of these found, and found beyond."""
    expected = json.loads((_DATA / "jats_mentions.json").read_text())
    wanted = got = extra = 0
    for draft in drafts:
        if draft.group not in expected:
            continue
        starts = expected[draft.group].get(draft.provenance.locator.get("label"), [])
        texts = [text.text for text in draft.texts if text.kind == "mention"]
        wanted += len(starts)
        got += sum(any(_squeezed(text).startswith(_squeezed(start)) for text in texts) for start in starts)
        extra += sum(not any(_squeezed(text).startswith(_squeezed(start)) for start in starts) for text in texts)
    return wanted, got, extra


def _shared_mentions(root: Path, drafts: Iterable[Draft]) -> float:
    """Share of the XML's mentions whose words (0.6 of them) stand in a mention that the PDF gave for that figure."""
    from_pdf = {
        (draft.group, name_of_label(str(draft.provenance.locator["label"]))): [
            set(text.text.split()) for text in draft.texts if text.kind == "mention"
        ]
        for draft in drafts
    }
    hits = total = 0
    for draft in JatsSource(root).drafts():
        if not isinstance(draft, Draft):
            continue
        key = (draft.group, name_of_label(str(draft.provenance.locator.get("label", ""))))
        if key not in from_pdf:
            continue
        for text in (text.text for text in draft.texts if text.kind == "mention"):
            words = set(text.split())
            total += 1
            hits += any(len(words & other) >= 0.6 * len(words) for other in from_pdf[key])
    return round(hits / max(1, total), 4)


def _pages(root: Path) -> int:
    from lexiscope.sources.papers.pdf.document import open_pdf

    count = 0
    for file in root.glob("*/article.pdf"):
        with open_pdf(file) as document:
            count += len(document)
    return count


def _overlap(draft: Draft, truth: dict[str, Any]) -> float:
    if draft.provenance.locator["page"] != truth["page"]:
        return 0.0
    a, b = draft.provenance.locator["bbox_pt"], truth["bbox_pt"]
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(0.0, wide) * max(0.0, high)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def _caption(draft: Draft) -> str:
    return next((text.text for text in draft.texts if text.kind == "caption"), "")


def _alike(first: str, second: str) -> float:
    return difflib.SequenceMatcher(None, _squeezed(first), _squeezed(second), autojunk=False).ratio()


def _squeezed(text: str) -> str:
    return "".join(text.split())


if __name__ == "__main__":
    main()
