"""`lexiscope corpus`: make a corpus, look into it, split it, prove its splits, pass it on; one file a verb."""

from importlib import import_module

import typer

from lexiscope.cli.groups import lazy_group, new_app

_VERBS = {
    "build": "Add a source to a corpus.",
    "info": "Count what a corpus holds: cases, groups, images, missing modalities, texts, splits, licences.",
    "list": "List the cases.",
    "audit": "Prove that no two splits share a group, an image or a describing text.",
    "corrections": "List what people corrected in a corpus, and what was there before.",
    "verify": "Prove that every image file holds the bytes that were stored.",
    "split": "Give a split to every case that has none, by group.",
    "export": "Write a corpus in another format.",
    "import": "Add what another format holds to a corpus.",
    "validate": "Check a file of conversations row by row before anything is trained on it.",
    "deidentify": "Copy DICOM images without identifiers, checked byte by byte.",
}
_FILES = {"import": "import_"}  # a word of Python's own


def _load(name: str) -> typer.Typer:
    made = import_module(f"{__name__}.{_FILES.get(name, name)}").app
    app: typer.Typer = made if isinstance(made, typer.Typer) else made()
    return app


app = new_app(
    "Make a corpus of cases, look into it, split it, prove its splits.", cls=lazy_group(lambda: _VERBS, _load)
)
