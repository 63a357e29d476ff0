"""`objectives_page`: the reference page of the losses, written from the losses themselves.

python -m lexiscope.training.objectives.page > docs/reference/objectives.md
"""

import sys

from lexiscope.core.catalog import Catalog
from lexiscope.training.objectives import IMAGE_OBJECTIVES, LABEL_OBJECTIVES, OBJECTIVES, TEXT_OBJECTIVES

_STAGES: tuple[tuple[Catalog, str], ...] = (
    (IMAGE_OBJECTIVES, "`train pretrain image --objective {name}`"),
    (TEXT_OBJECTIVES, "`train pretrain text`"),
    (OBJECTIVES, "`train align --objective {name}`"),
    (LABEL_OBJECTIVES, "`train align --label ATTRIBUTE`, beside the objective"),
)
_INTRODUCTION = """# Losses

Which loss needs what data. This page is written from the code by
`python -m lexiscope.training.objectives.page > docs/reference/objectives.md`; a test holds the two together.

All of them leave patients, papers and specimens together: what shares a group is never pushed apart. Variants are never
mirrored unless `flip: true` asks for it, because a mirrored scan has its sides swapped.
"""


def objectives_page() -> str:
    """The page as Markdown: one table of what each loss needs, then each in words, with its formula.

    Example:
        >>> objectives_page().startswith("# Losses")
        True
    """
    rows, words = [], []
    for catalog, command in _STAGES:
        for name in catalog:
            objective = catalog.load(name)
            needs = objective.needs
            cells = (
                f"[{name}](#{name})",
                command.format(name=name),
                needs.images,
                needs.texts,
                needs.labels,
                needs.batch,
            )
            rows.append("| " + " | ".join(cells) + " |")
            words.append(f"## {name}\n\n{_explained(objective)}\n\nChance: {needs.chance}.")
    head = "| loss | command | images of a case | texts | labels | a step |\n|---|---|---|---|---|---|"
    return "\n\n".join([_INTRODUCTION.strip(), "\n".join([head, *rows]), *words]) + "\n"


def _explained(objective: type) -> str:
    """The docstring down to its arguments, as flowing text."""
    text = (objective.__doc__ or "").partition("Args:")[0]
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return "\n\n".join(part for part in paragraphs if part)


if __name__ == "__main__":
    sys.stdout.write(objectives_page())
