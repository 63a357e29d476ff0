"""Units of length as microscopes write them."""

NANOMETRES = {
    "pm": 1e-3, "å": 0.1, "angstrom": 0.1, "angstroms": 0.1, "nm": 1.0, "nanometer": 1.0, "nanometers": 1.0,
    "nanometre": 1.0, "nanometres": 1.0, "µm": 1e3, "μm": 1e3, "um": 1e3, "micron": 1e3, "microns": 1e3,
    "micrometer": 1e3, "micrometers": 1e3, "micrometre": 1e3, "micrometres": 1e3, "\\u00b5m": 1e3, "mm": 1e6,
    "millimeter": 1e6, "millimeters": 1e6, "millimetre": 1e6, "millimetres": 1e6, "cm": 1e7, "centimeter": 1e7,
    "m": 1e9, "meter": 1e9, "inch": 2.54e7, "inches": 2.54e7, "in": 2.54e7,
}  # fmt: skip
"""Unit in lower case -> nanometres."""
