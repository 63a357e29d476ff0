"""A PDF file -> its pages, opened within limits; what cannot be read is refused with a reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.paths import check_regular
from lexiscope.sources.steady import cannot_read

MAX_BYTES = 256 << 20
MAX_PAGES = 600
MAX_SIDE = 3000.0  # points of a page's side; A0 has 3370, a figure's page never
SCALE = 3  # pixels a point at which figures are rendered, 216 a inch
_PASSWORD = 4  # FPDF_ERR_PASSWORD


@contextmanager
def open_pdf(path: Path) -> Iterator[Any]:
    """Open a file as a document of pypdfium2 and close it after.

    Raises:
        SourceError: no PDF, damaged, encrypted, too large, or with too many pages.
    """
    import pypdfium2 as pdfium

    size = check_regular(path)
    if size > MAX_BYTES:
        msg = f"{path.name} has {size:,} bytes; at most {MAX_BYTES:,} bytes of a PDF are read"
        raise SourceError(msg, remedy="split the file, or save it with smaller images")
    try:
        document = pdfium.PdfDocument(path)
    except FileNotFoundError as error:
        raise cannot_read(path, error) from error
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD or "password" in str(error).lower():
            msg = f"{path.name} is encrypted and needs a password"
            raise SourceError(msg, remedy="save a copy without a password") from error
        raise SourceError(f"{path.name} is no readable PDF: {error}", remedy="download the paper again") from error
    try:
        if not 0 < len(document) <= MAX_PAGES:
            msg = f"{path.name} has {len(document)} pages; between 1 and {MAX_PAGES} are read"
            raise SourceError(msg, remedy="split the file into one a paper")
        yield document
    finally:
        document.close()


@contextmanager
def open_page(document: Any, number: int) -> Iterator[Any]:
    """One page, from 0.

    Raises:
        SourceError: it cannot be parsed.
    """
    import pypdfium2 as pdfium

    try:
        page = document[number]
    except pdfium.PdfiumError as error:
        msg = f"it cannot be read: {error}"
        raise SourceError(msg, remedy="download the paper again") from error
    try:
        yield page
    finally:
        page.close()


def rendered(page: Any) -> NDArray[np.uint8]:
    """The page as shown, (y, x, 3), with `SCALE` pixels a point.

    Raises:
        SourceError: the page is too large to be one of a paper.
    """
    width, height = page.get_size()
    if max(width, height) > MAX_SIDE or min(width, height) <= 0:
        msg = f"a page of {width:.0f} x {height:.0f} points is too large to render"
        raise SourceError(msg, remedy="print the paper to A4 or letter pages")
    import pypdfium2 as pdfium

    try:
        bitmap = page.render(scale=SCALE, rev_byteorder=True, prefer_bgrx=False, may_draw_forms=False)
    except (pdfium.PdfiumError, MemoryError) as error:
        raise SourceError(f"it cannot be rendered: {error}", remedy="download the paper again") from error
    try:
        pixels = bitmap.to_numpy()
        return np.array(pixels[..., :3] if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1))
    finally:
        bitmap.close()
