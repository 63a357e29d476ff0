"""Phrases of papers for what a micrograph shows, for what it does not show, and for the making of a glass."""

from collections.abc import Mapping, Sequence

from lexiscope.simulate.glass.plan import BUBBLES, CRACKS, CRYSTALS, PHASES

# ONE is for a single defect, MANY for several; {size} is a length, {shape} the `shape` of a `VisibleDefect`.
ONE: Mapping[str, Sequence[str]] = {
    BUBBLES: ("a single {shape} bubble of {size}", "one gas bubble, {size} across", "one bubble of about {size}"),
    CRACKS: ("a single {shape} crack", "one {shape} crack of about {size}", "a {shape} crack about {size} long"),
    CRYSTALS: ("a single {shape} crystal of {size}", "one {shape} crystal, {size} across", "one {shape} crystallite"),
}
MANY: Mapping[str, Sequence[str]] = {
    BUBBLES: (
        "{count} bubbles up to {size} across",
        "several {shape} bubbles of up to {size}",
        "gas bubbles up to {size} in diameter",
        "{shape} bubbles",
        "scattered gas inclusions of up to {size}",
    ),
    CRACKS: (
        "{shape} cracks up to {size} long",
        "microcracks of up to {size}",
        "several {shape} cracks",
        "a few {shape} fissures, the longest of about {size},",
        "cracks that run through the glass",
    ),
    CRYSTALS: (
        "{count} {shape} crystals up to {size}",
        "{shape} crystals of up to {size}",
        "bright {shape} crystals",
        "bright {shape} crystallites up to {size} across",
        "surface crystals of {shape} habit",
    ),
}
UNCOUNTED: Mapping[str, Sequence[str]] = {
    PHASES: (
        "phase separation with {shape} regions of about {size}",
        "{shape} phase separation on a scale of {size}",
        "liquid-liquid phase separation",
        "phase separation into a {shape} texture",
    ),
}
PLAIN: Mapping[str, Sequence[str]] = {  # in the first sentence, and where something is not there
    BUBBLES: ("bubbles", "gas bubbles"),
    CRACKS: ("cracks", "microcracks"),
    CRYSTALS: ("crystals", "crystallites"),
    PHASES: ("phase separation",),
}

PRESENT = (
    "{Thing} {is} visible.",
    "{Thing} {is} seen.",
    "{Thing} {is} present.",
    "The surface shows {thing}.",
    "There {is} {thing}.",
    "{Thing} can be made out.",
)
PRESENT_IN = (
    "{Figure} shows {thing}.",
    "{Figure} reveals {thing}.",
    "{Thing} {is} visible in {figure}.",
    "As seen in {figure}, {thing} {is} present.",
    "{Thing} {is} found in this glass ({figure}).",
    "In {figure}, {thing} can be recognised.",
)
BECAUSE: Mapping[str, Sequence[str]] = {
    BUBBLES: ("indicating that gas stayed in the melt", "which suggests that fining was too short"),
    CRACKS: ("indicating thermal stress", "which suggests that the glass was cooled too fast"),
    CRYSTALS: ("indicating that the heat treatment was too long", "which suggests heterogeneous nucleation"),
    PHASES: ("indicating two liquids below the dome", "which suggests a composition inside the miscibility gap"),
}
ABSENT = (
    "No {or_things} {is} visible.",
    "No {or_things} {is} seen.",
    "There {is} no {or_things}.",
    "The surface is free of {and_things}.",
    "{Free}.",
    "{Cap_and_things} {is} absent.",
    "{Cap_and_things} {is} not observed.",
)
ABSENT_IN = (
    "{Figure} shows no {or_things}.",
    "No {or_things} {is} visible in {figure}.",
    "As seen in {figure}, the glass is free of {and_things}.",
    "{Cap_and_things} cannot be seen in {figure}.",
    "{Cap_and_things} could not be found ({figure}).",
    "In {figure}, {and_things} {is} absent.",
    "{Cap_and_things} {have} not formed in the glass of {figure}.",
    "{Figure} shows a surface without {or_things}.",
)
NEITHER = ("Neither {nor_things} {is} visible.", "Neither {nor_things} {is} observed.")
NEITHER_IN = ("Neither {nor_things} {is} visible in {figure}.", "{Figure} shows neither {nor_things}.")
BUT = ("{Thing} {is} visible, but no {or_things}.", "No {or_things} {is} seen, but {thing}.")
BUT_IN = ("{Figure} shows {thing} but no {or_things}.", "Although {figure} shows no {or_things}, {thing} {is} visible.")
NOTHING = ("The glass is defect-free.", "No defects are visible.", "The surface is free of defects.")

OPENING = (
    "{Sem} of {glass}{with_}.",
    "{Sem} of the {surface} of {glass}{with_}.",
    "{Sem} showing the {surface} of {glass}{with_}.",
    "{Surface} of {glass}{with_}, {sem}.",
)
SEM = ("SEM micrograph", "SEM image", "scanning electron micrograph", "FE-SEM image")
SURFACES = {True: ("polished surface", "polished section"), False: ("fracture surface", "fractured surface")}
NAMED = ("{a_glass} glass", "{a_glass} glass ({formula}, mol%)", "{a_glass} glass ({formula})")
CODED = ("glass {code}", "sample {code}")
COMPOSITION = (
    "{code} is {a_glass} glass ({formula}, mol%).",
    "Its composition is that of {a_glass} glass ({formula}).",
)

FINING = (
    "The melt was fined for {fining}.",
    "Fining at {melt} °C took {fining}.",
    "Before casting, the melt was left at {melt} °C for {fining}.",
    "The batch was melted at {melt} °C and kept there for {fining}.",
)
COOLING = {
    True: (
        "The melt was quenched at about {cooling} K/min.",
        "It was quenched between steel plates, at {cooling} K/min.",
        "The sample was taken from the furnace and cooled in air, at about {cooling} K/min.",
    ),
    False: (
        "It was cooled in the furnace at {cooling} K/min.",
        "The glass was cooled at {cooling} K/min.",
        "After casting the glass was cooled slowly, at {cooling} K/min.",
    ),
}
HOLDING = (
    "The glass was heat-treated at {hold} °C for {hours} h, {below} K below its crystallisation peak.",
    "A hold of {hours} h at {hold} °C followed, {below} K below the crystallization peak.",
    "It was annealed at {hold} °C ({below} K below the crystallisation peak) for {hours} h.",
)
MIXING = {
    True: ("The composition lies outside the miscibility gap.", "At this composition the liquid stays homogeneous."),
    False: ("The composition lies inside the miscibility gap.", "At this composition the liquid demixes on cooling."),
}
MAKING = (
    "The glass of {figure} was made as follows.",
    "{Figure} belongs to the next melt of this series.",
    "The preparation of the sample in {figure} was this.",
)
