"""`paraphrases`: several ways to ask for a structure by its name; `foreign_paraphrases`: for one that is not meant.

Training asks with these. `unseen_paraphrases` and `unseen_foreign` are kept from it: only measuring asks with them.
"""

from collections.abc import Collection, Sequence
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
        >>> names_of("tertiary_gamma_prime_precipitate")[1]
        "tertiary γ' precipitates"
    """
    own = in_words(structure)
    for names in _table(prompts)["names"]:
        if _spoken(own) in map(_spoken, names):
            return (own, *(name for name in names if _spoken(name) != _spoken(own)))
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
    return _wordings(names_of(structure, prompts=prompts), _table(prompts)["requests"])


def unseen_paraphrases(structure: str, *, prompts: Path | None = None) -> tuple[str, ...]:
    """Wordings that training never asks: names it does not know in its forms, and its name in forms it does not know.

    A name without others in the word file comes in unknown forms alone; a file of the user's own without unseen
    wordings has none.

    Args:
        structure: Name of the structure.
        prompts: Folder of the user's own word files.

    Raises:
        UsageError: the word file has no lists of names and requests.

    Example:
        >>> unseen_paraphrases("crack")[:2]
        ('the fracture line', 'the crevice')
        >>> set(unseen_paraphrases("crack")) & set(paraphrases("crack"))
        set()
    """
    table = _table(prompts)
    unseen = table.get("unseen") or {}
    own = names_of(structure, prompts=prompts)
    known = set(map(_spoken, own))
    names = [
        name for usual, others in (unseen.get("names") or {}).items() if _spoken(usual) in known for name in others
    ]
    named = [form.format(name=name) for form in table["requests"][:1] for name in names]
    return (*named, *(form.format(name=own[0]) for form in unseen.get("requests") or ()))


def foreign_paraphrases(structures: Sequence[str], *, prompts: Path | None = None) -> tuple[str, ...]:
    """Wordings of requests for structures of the word file that none of some structures is, nor has in its name.

    Each name comes in two forms. A sentence about something else must be answered by nothing; these are what training
    and measuring ask for then.

    Args:
        structures: Structures that are meant, which are left out.
        prompts: Folder of the user's own word files.

    Raises:
        UsageError: the word file has no lists of names and requests.

    Example:
        >>> asked = foreign_paraphrases(["liver"])
        >>> "the kidney" in asked, any("liver" in text for text in asked)
        (True, False)
    """
    meant, table = _meant(structures, prompts), _table(prompts)
    foreign = [row for row in table["names"] if not _is_among(row, meant)]
    return tuple(dict.fromkeys(text for row in foreign for text in _wordings(row, table["requests"])[: 2 * len(row)]))


def unseen_foreign(structures: Sequence[str], *, prompts: Path | None = None) -> tuple[str, ...]:
    """Requests for structures that no sentence of any training is about, and that none of some structures is.

    Args:
        structures: Structures that are meant, which are left out.
        prompts: Folder of the user's own word files.

    Raises:
        UsageError: the word file has no lists of names and requests.

    Example:
        >>> asked = unseen_foreign(["cornea"])
        >>> "the placenta" in asked, "the cornea" in asked
        (True, False)
    """
    meant, table = _meant(structures, prompts), _table(prompts)
    names = (table.get("unseen") or {}).get("foreign") or ()
    return tuple(table["requests"][0].format(name=name) for name in names if not _is_among([name], meant))


def _meant(structures: Sequence[str], prompts: Path | None) -> set[str]:
    return {_spoken(name) for structure in structures for name in names_of(structure, prompts=prompts)}


def _spoken(name: str) -> str:
    """A name as it is heard: names of structures have lost their hyphens on their way through files.

    Example:
        >>> _spoken("Gamma-Prime  precipitate")
        'gamma prime precipitate'
    """
    return " ".join(name.replace("-", " ").casefold().split())


def _wordings(names: Sequence[str], forms: Sequence[str]) -> tuple[str, ...]:
    """Every name in every form; the first few differ in both."""
    wordings = (
        forms[place % len(forms)].format(name=names[(place + turn) % len(names)])
        for turn in range(len(names))
        for place in range(len(forms))
    )
    return tuple(dict.fromkeys(wordings))


def _is_among(row: Sequence[str], meant: Collection[str]) -> bool:
    """True where a name of the row is meant, or the row's first one is a part of what is meant, or the other way."""
    first = _spoken(row[0])
    named = any(_spoken(name) in meant for name in row)
    words = {word for name in meant for word in name.split()}
    return named or first in words or any(first in name or name in first for name in meant)


def _table(prompts: Path | None) -> dict[str, Any]:
    table = read_yaml(FILE, prompts)
    if not isinstance(table.get("names"), list) or not table.get("requests"):
        raise UsageError(f"expected names and requests in {FILE}; compare with the one that comes with lexiscope")
    return table
