"""Lengths and their units as microscopes write them."""

import re

NANOMETRES = {
    **dict.fromkeys(("pm", "picometer", "picometre"), 1e-3),
    **dict.fromkeys(("å", "\\u00c5", "angstrom", "angstroms", "ångström"), 0.1),
    **dict.fromkeys(("nm", "nanometer", "nanometers", "nanometre", "nanometres"), 1.0),
    **dict.fromkeys(("µm", "μm", "um", "\\u00b5m", "\\u03bcm", "micron", "microns"), 1e3),
    **dict.fromkeys(("micrometer", "micrometers", "micrometre", "micrometres"), 1e3),
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "millimetres"), 1e6),
    **dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre", "centimetres"), 1e7),
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), 1e9),
    **dict.fromkeys(("inch", "inches", "in"), 2.54e7),
}
"""Unit in lower case -> nanometres."""
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d*)?(?:[eE][-+]?\d+)?")
_FINEST, _COARSEST = 1e-4, 1e8  # nm


def number_in(text: str) -> float | None:
    """The first number of a text, with a decimal point or comma; None where there is none."""
    match = _NUMBER.search(text)
    return float(match[0].replace(",", ".")) if match else None


def nanometres_in(text: str, unit: str) -> float | None:
    """A length in nm; the unit that follows the number counts, else `unit`. None for what is no pixel's size.

    Example:
        >>> nanometres_in("5,583 nm", "m"), nanometres_in("1.2e-9", "m"), nanometres_in("wide", "m")
        (5.583, 1.2, None)
    """
    number = number_in(text)
    after = _NUMBER.sub("", text, count=1).strip().lower()
    factor = NANOMETRES.get(after or unit)
    size = number * factor if number and factor else None
    return size if size and _FINEST <= size <= _COARSEST else None
