"""`InstructionSettings`: choices about instructions that are written."""

from pathlib import Path
from typing import Annotated

from lexiscope.core.settings import Flag
from lexiscope.language.clients.settings import ClientSettings


class InstructionSettings(ClientSettings):
    """Choices of `write instructions`.

    Args:
        structures: Structure to write about, NAME or NAME=MASK where its masks are called otherwise; repeatable, and
            all structures that have masks when left out. The only structure of a corpus takes NAME in place of a name
            that says nothing, such as "mask" or "label 1".
        writer: Who writes: measured (what can be measured in the images), label-name (the name alone), human (a column
            or a sheet), assistant (a trained assistant of lexiscope that is shown each image), or a language model that
            joins what was measured: local (one that runs here) or endpoint (a server).
        model: Name, directory or hub name of the language model; with local, smollm2 when left out. With assistant, the
            directory of the model.
        url: Address of the server, such as http://localhost:8000/v1; only with endpoint.
        key_env: Name of the environment variable that holds the server's key; only with endpoint.
        allow_download: Permission to fetch a hub name that is not on this machine yet; only with local.
        learned_from: Corpus whose structures were learned already; without it they are learned from the masks of the
            split "train".
        column: Attribute, or column of texts, that holds the instructions; only with human.
        sheet_in: Table of instructions as --sheet-out writes it, filled in or corrected; only with human.
        sheet_out: File for a table of the instructions that there are, to be filled in; nothing else is done then.
        prompts: Folder with your own word files in place of those that come with lexiscope.

    Example:
        >>> InstructionSettings(structures=("tumour",)).writer
        'measured'
    """

    structures: tuple[str, ...] = ()
    writer: Annotated[str, Flag("--with")] = "measured"
    learned_from: Path | None = None
    column: str | None = None
    sheet_in: Path | None = None
    sheet_out: Path | None = None
    prompts: Path | None = None
