"""`write_paper`: one made paper as PDF, with a figure of two panels whose place on the page is known."""

from pathlib import Path

from lexiscope.simulate.pdf import PdfPage, paragraph, write_pdf


def write_paper(folder: Path | str) -> Path:
    """Write `steel.pdf` into a folder and return its path; the paper says nothing about any real steel.

    Args:
        folder: Folder that gets it; `corpus build` reads it.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    said = (
        "Grains grow when rolled steel is heated above the point at which it recrystallises, as Figs. 1a-b show for "
        "one specimen."
    )
    page = PdfPage(
        texts=[
            (50, 80, 18, "Grains of rolled steel under heat", True),
            (50, 100, 8, "doi: 10.1234/steel.2020.7 under the Creative Commons Attribution 4.0 License", False),
            (50, 128, 10, "Results", True),
            *paragraph(50, 135, said),
            *paragraph(50, 420, "Figure 1. Grains (a) before and (b) after heat.", size=8),
        ],
        boxes=[((60, 250, 150, 400), 0.3), ((170, 250, 260, 400), 0.6)],
    )
    return write_pdf(folder / "steel.pdf", [page])
