"""Names of modalities: the DICOM modality and words of a fixed vocabulary, never free text that may hold a name."""

import re
from typing import Any

from lexiscope.sources.scans.dicom.values import value_of

_WORDS = {  # word in the corpus -> how descriptions, protocol names and image types write it
    "t1": r"t1w?i?|mprage|t1\w*",
    "t2": r"t2(?!\W?star|\*)\w*",
    "t2star": r"t2\W?star\w*|t2\*\w*",
    "flair": r"flair|dark\W?fluid",
    "adc": r"adc|apparent diffusion\w*",
    "dwi": r"dwi|diff|diffusion|ep2d_diff\w*|dti",
    "swi": r"swi",
    "bold": r"bold|fmri|asl",
    "localizer": r"localizer|scout|topogram",
    "mip": r"mip|maximum",
    "contrast": r"gd|contrast|post|ce",
}
_HINTS = {
    word: re.compile(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])", re.IGNORECASE) for word, pattern in _WORDS.items()
}
_SHADOWS = {"adc": "dwi"}  # a diffusion coefficient is computed from diffusion images, and is not one
_FIELDS = ("SeriesDescription", "ImageType", "ProtocolName")  # the most particular first; protocols cover many series


def hints_of(dataset: Any) -> tuple[str, ...]:
    """Words of the vocabulary that the series' description holds, or else its image type, or else its protocol."""
    for field in _FIELDS:
        words = words_of(str(value_of(dataset, field) or ""))
        if words:
            return words
    return ()


def words_of(text: str) -> tuple[str, ...]:
    """Words of the vocabulary that a text holds.

    Example:
        >>> words_of("t2_tirm_tra_dark-fluid"), words_of("ep2d_diff_ADC")
        (('t2', 'flair'), ('adc',))
        >>> words_of("ax T2* GRE")
        ('t2star',)
    """
    plain = text.replace("_", " ")
    hints = [word for word, pattern in _HINTS.items() if pattern.search(plain)]
    return tuple(word for word in hints if word not in {_SHADOWS.get(other) for other in hints})
