"""`write_report`: page and numbers of an interpretation, published together."""

from pathlib import Path

from lexiscope.core.files import write_beside
from lexiscope.core.plain import json_text
from lexiscope.evaluate.report.page import render_page
from lexiscope.interpret.interpretation import Interpretation
from lexiscope.interpret.report.page import NUMBERS, compose

PAGE = "report.html"


def write_report(folder: Path, interpretation: Interpretation) -> None:
    """Write `report.html` and `report.json`. Both are whole on disk before either takes the place of an older one.

    Raises:
        MissingExtraError: matplotlib is missing.
    """
    with write_beside(folder / NUMBERS) as numbers, write_beside(folder / PAGE) as page:
        numbers.write_text(json_text(interpretation.to_dict(), indent=1) + "\n", encoding="utf-8")
        page.write_text(render_page(compose(interpretation)), encoding="utf-8")
