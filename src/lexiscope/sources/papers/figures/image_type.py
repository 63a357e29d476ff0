"""Kind of picture that a text describes: the labels from which `classify` learns `image_type`.

Own rules: a kind counts when its words stand in the text and no other kind's do, so that a compound figure of several
kinds, or a text that only mentions a method, gets no label rather than a wrong one.
"""

import re

IMAGE_TYPES = ("sem", "tem", "light micrograph", "chart", "diagram", "photo", "radiograph")

_MICROGRAPH = r"(?:micrographs?|images?|photographs?|photomicrographs?|pictures?)"
_RULES = {  # "± SEM" is a standard error
    "sem": rf"(?<!±\s)\b(?:FE-?)?SEM\b[^.;±]{{0,30}}{_MICROGRAPH}|(?i:scanning electron micro\w+)",
    "tem": rf"\b(?:HR-?|S)?TEM\b[^.;]{{0,30}}{_MICROGRAPH}|(?i:transmission electron micro\w+)|\bHAADF\b",
    "light micrograph": rf"\b(?:optical|light|polari[sz]ed)\b[^.;]{{0,12}}(?:microscop\w+|{_MICROGRAPH})|"
    r"\bphotomicrograph|\bmicroscopic images?|\b(?:bright|dark)[- ]?field\b|\bfluorescence micro\w+|\bLM ×|"
    r"\b(?:gram|giemsa|acid-fast|haematoxylin|hematoxylin|wright)[- ]stain\w*|\bblood smear|"
    r"\bstained (?:smear|preparation|tissue|section)",
    "chart": r"\b(?:spectr(?:um|a)|diffractograms?|chromatograms?|curves?|plots?|histograms?|(?:bar|pie) charts?|"
    r"graphs?|XRD patterns?|diffraction patterns?|voltammo?grams?|(?:CCT|TTT|phase) diagrams?|dependen(?:ce|cy) of)\b",
    "diagram": r"\b(?:schem(?:e|a|atics?)|schematic\w*|illustrat(?:ion|es)|flow ?charts?|sketch(?:es)?|"
    r"diagrams? of|structure of|drawings?)\b",
    "photo": r"\b(?:photographs?|photos?|digital images?|camera images?)\b(?! ?micro)",
    "radiograph": r"\b(?:radiographs?|x-ray images?|(?:computed )?tomograph\w+|(?:MRI|CT|PET) (?:scans?|images?))\b",
}
_COMPILED = {
    kind: re.compile(rule, re.IGNORECASE if kind not in ("sem", "tem") else 0) for kind, rule in _RULES.items()
}
_PHASE = re.compile(r"\b(?:CCT|TTT|phase|CCP|transformation) diagrams?\b", re.IGNORECASE)


def image_type(text: str) -> str | None:
    """The one kind of `IMAGE_TYPES` that a caption or alternative text names; None when none or several.

    Example:
        >>> image_type("SEM image of the fracture surface"), image_type("SEM image and XRD pattern of glass")
        ('sem', None)
    """
    words = _PHASE.sub("curves", text)
    kinds = [kind for kind, rule in _COMPILED.items() if rule.search(words)]
    if kinds == ["light micrograph", "photo"]:  # "optical photographs" are micrographs
        return "light micrograph"
    return kinds[0] if len(kinds) == 1 else None
