"""`names_page`: the reference page of every name table, written from the tables themselves.

python -m lexiscope.testing.names_page
"""

import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module
from types import FunctionType

import lexiscope
from lexiscope.core.catalog import Catalog
from lexiscope.core.docstrings import summary_of
from lexiscope.core.markdown import cell

_INTRODUCTION = """# Names

Every table of names that options and files of settings take. A package of your own joins a table through its
entry-point group, and `Catalog.load` finds it by its name.
"""


def names_page() -> str:
    """The page as Markdown: one table of names a kind, each with what it stands for."""
    tables = {table.kind: (place, table) for place, table in _tables()}
    return "\n\n".join([_INTRODUCTION.strip(), *(_described(*tables[kind]) for kind in sorted(tables))]) + "\n"


def _tables() -> Iterator[tuple[str, Catalog]]:
    """The place and the table, for each that a room holds, the room's own name for it last; not those for tests."""
    packages = [
        module.name
        for module in pkgutil.walk_packages(lexiscope.__path__, "lexiscope.")
        if module.ispkg and not module.name.startswith("lexiscope.testing")
    ]
    for package in packages:
        for name, value in vars(import_module(package)).items():
            if isinstance(value, Catalog):
                yield f"{package}.{name}", value


def _described(place: str, table: Catalog) -> str:
    rows = []
    for name in sorted(table.built_in):
        rows.append(f"| `{name}` | {cell(_summary(table, name))} | `{table[name]}` |")
    title = table.kind[:1].upper() + table.kind[1:]
    head = f"## {title}\n\n`{place}`, entry-point group `{table.group}`\n\n| name | what it is | place |\n|---|---|---|"
    return "\n".join([head, *rows])


def _summary(table: Catalog, name: str) -> str:
    """First line of what a class or function says of itself; of any other object, of what its module says."""
    thing = table.load(name)
    if isinstance(thing, type | FunctionType):
        return summary_of(thing.__doc__)
    return summary_of(sys.modules[table[name].partition(":")[0]].__doc__)


if __name__ == "__main__":
    sys.stdout.write(names_page())
