"""`paraphrases`: several ways to ask for a structure by its name alone."""

from pathlib import Path
from typing import Any

from lexiscope.core.errors import UsageError
from lexiscope.language.instructions.wording import in_words
from lexiscope.language.words import read_yaml

FILE = "structure_names.yaml"


def names_of(structure: str, *, prompts: Path | None = None) -> tuple[str, ...]:
    """The name of a structure, and other names of the same thing where the word file has any.

    Args:
        structure: Name of the structure.
        prompts: Folder of the user's own word files.

    Raises:
        UsageError: the word file has no lists of names.

    Example:
        >>> names_of("left_lung")
        ('left lung',)
        >>> names_of("Kidney")[:3]
        ('Kidney', 'kidneys', 'renal parenchyma')
    """
    own = in_words(structure)
    for names in _table(prompts)["names"]:
        if own.casefold() in map(str.casefold, names):
            return (own, *(name for name in names if name.casefold() != own.casefold()))
    return (own,)


def paraphrases(structure: str, *, prompts: Path | None = None) -> tuple[str, ...]:
    """Wordings of a request that names a structure and says nothing else of it; its own name comes first.

    The first is "the NAME". They alternate between names and forms, so that the first few differ in both.

    Args:
        structure: Name of the structure.
        prompts: Folder of the user's own word files.

    Raises:
        UsageError: the word file has no lists of names and requests.

    Example:
        >>> paraphrases("tumour")[:4]
        ('the tumour', 'tumor', 'segment the glioma', 'outline the neoplasm')
        >>> "outline any tumour in this image" in paraphrases("tumour")
        True
    """
    names, forms = names_of(structure, prompts=prompts), _table(prompts)["requests"]
    wordings = (
        forms[place % len(forms)].format(name=names[(place + turn) % len(names)])
        for turn in range(len(names))
        for place in range(len(forms))
    )
    return tuple(dict.fromkeys(wordings))


def _table(prompts: Path | None) -> dict[str, Any]:
    table = read_yaml(FILE, prompts)
    if not isinstance(table.get("names"), list) or not table.get("requests"):
        raise UsageError(f"expected names and requests in {FILE}; compare with the one that comes with lexiscope")
    return table
