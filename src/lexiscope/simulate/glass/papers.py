"""`write_glass_papers`: a folder of simulated papers on glass, whose truth is known figure by figure."""

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from lexiscope.core.errors import UsageError
from lexiscope.core.files import write_json, write_text
from lexiscope.core.progress import Progress
from lexiscope.simulate.glass.article import article_xml
from lexiscope.simulate.glass.figure_text import describe_figure
from lexiscope.simulate.glass.micrograph import Micrograph, render_micrograph
from lexiscope.simulate.glass.plan import DEFECTS, Figure, Paper, plan_paper

TRUTH = "truth.json"
_PICTURES, _WORDS, _ARTICLE = 1, 2, 3  # purposes of random generators
_README = """# Simulated papers on glass

Not real: electron micrographs of glass and the papers around them, drawn by lexiscope so that the truth is known. Made
to test and to teach; no statement about any real glass. Licence: CC0 1.0.

One folder a paper: `<id>.xml` (JATS), `fig<n>.png`, and `truth.json` with what is in each figure: its defects (bubbles,
cracks, crystals, phase separation; null where it is not there) with count, largest size and share of the picture,
nanometres a pixel, the scale bar, and how the glass was made.

    lexiscope simulate papers FOLDER --papers {papers} --seed {seed}

makes the same again; paper i is the same whatever the number of papers.
"""


@dataclass(frozen=True, slots=True)
class GlassPapers:
    """Content of a folder of simulated papers.

    Args:
        folder: Path of the folder.
        papers: Number of papers asked for.
        written: Number of papers made now; the others were made before.
    """

    folder: str
    papers: int
    written: int


def write_glass_papers(
    folder: Path | str, *, papers: int = 120, seed: int = 0, progress: Progress | None = None
) -> GlassPapers:
    """Make papers of three to six micrographs each; a run that was stopped goes on where it was.

    Args:
        folder: Folder that gets a folder for each paper; `corpus build` reads it as articles.
        papers: Number of papers.
        seed: Seed of all that is random in them.
        progress: Called after every paper.

    Raises:
        UsageError: fewer than one paper, or a negative seed.
    """
    if papers < 1 or seed < 0:
        raise UsageError(f"simulated papers need papers >= 1 and seed >= 0, got {papers} and {seed}")
    folder = Path(folder)
    written = 0
    write_text(folder / "README.md", _README.format(papers=papers, seed=seed))
    for index in range(papers):
        paper = plan_paper(index, seed=seed)
        if not (folder / paper.id).is_dir():
            _write(folder, paper)
            written += 1
        if progress:
            progress(index + 1, papers, "papers simulated")
    return GlassPapers(str(folder), papers, written)


def _write(folder: Path, paper: Paper) -> None:
    """A paper's folder, whole or not at all."""
    part = folder / f".{paper.id}.part"
    shutil.rmtree(part, ignore_errors=True)  # left by a run that died
    part.mkdir()
    words, truths = {}, []
    for figure in paper.figures:
        micrograph = render_micrograph(figure, rng=paper.rng(_PICTURES, figure.number))
        Pillow.fromarray(micrograph.pixels).save(part / f"fig{figure.number}.png")
        words[figure.number] = describe_figure(figure, micrograph.defects, rng=paper.rng(_WORDS, figure.number))
        truths.append(_truth(figure, micrograph))
    (part / f"{paper.id}.xml").write_bytes(article_xml(paper, words, rng=paper.rng(_ARTICLE)))
    write_json(part / TRUTH, {"id": paper.id, "simulated": True, "seed": [paper.seed, paper.index], "figures": truths})
    part.replace(folder / paper.id)


def _truth(figure: Figure, micrograph: Micrograph) -> dict[str, Any]:
    return {
        "id": f"fig{figure.number}",
        "image": f"fig{figure.number}.png",
        "defects": {name: _defect(figure, micrograph, name) for name in DEFECTS},
        "nm_per_px": figure.nm_per_px,
        "scale_bar": {"nm": figure.bar_nm, **asdict(micrograph.bar)},
        "conditions": asdict(figure.conditions),
        "polished": figure.polished,
    }


def _defect(figure: Figure, micrograph: Micrograph, name: str) -> dict[str, Any] | None:
    visible = micrograph.defects.get(name)
    if visible is None:
        return None
    size = {"largest_px": round(visible.size_px, 1), "largest_nm": round(visible.size_px * figure.nm_per_px, 2)}
    return {"count": visible.count or None, **size, "shape": visible.shape, "share": round(visible.share, 4)}
