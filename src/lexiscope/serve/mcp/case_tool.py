"""`case_tool`: `get_case`, which tells everything that is known about a case, with a small picture of one image."""

from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from pydantic import BaseModel, ConfigDict, Field

from lexiscope.core.case import Case
from lexiscope.core.errors import LexiscopeError, UsageError
from lexiscope.core.image import Image
from lexiscope.corpus import Corpus
from lexiscope.serve.mcp.known_case import known_case
from lexiscope.serve.mcp.results import Answer
from lexiscope.serve.mcp.tool import Tool
from lexiscope.serve.pictures.decoded import decode
from lexiscope.serve.pictures.thumbnail import thumbnail

_CITED = ("doi", "label", "page", "panel")  # of where a case comes from; the other facts name files and folders
_DESCRIPTION = """Tell what is known about a case: texts with their authors, questions and answers, attributes, images.

With a thumbnail of one image: of a volume, one slice. A mask that is "empty" says that somebody searched for the
structure and found nothing; a structure without a mask was never searched for."""


class CaseArguments(BaseModel):
    """Arguments of the tool."""

    model_config = ConfigDict(extra="forbid")
    case: Annotated[str, Field(description="Id of a case of the corpus.")]
    modality: Annotated[str | None, Field(description="Image to show; the first by name when left out.")] = None


def case_tool(corpus: Corpus) -> Tool:
    """The tool over a corpus."""
    return Tool("get_case", _DESCRIPTION, CaseArguments, partial(_answer, corpus))


async def _answer(corpus: Corpus, arguments: CaseArguments) -> Answer:
    return await to_thread.run_sync(_look_up, corpus, arguments, abandon_on_cancel=True)


def _look_up(corpus: Corpus, arguments: CaseArguments) -> Answer:
    case = known_case(corpus, arguments.case)
    modality = arguments.modality or min(case.images, default=None)
    if modality is not None and modality not in case.images:
        has = ", ".join(sorted(case.images)) or "no image"
        raise UsageError(f"expected the modality of an image of {case.id}, got {modality}; it has {has}")
    picture, missing = None, "the case has no image"
    if modality is not None:
        picture, missing = _picture(corpus, case.images[modality])
    shown = {"modality": modality} if picture is not None else {"missing": missing}
    return Answer({**_facts(case), "thumbnail": shown}, picture)


def _picture(corpus: Corpus, image: Image) -> tuple[bytes | None, str]:
    """A PNG of an image, or why there is none: a damaged file takes nothing else away."""
    try:
        return thumbnail(decode(corpus.object_path(image), known=image)), ""
    except LexiscopeError as error:
        return None, f"the image cannot be shown ({type(error).__name__})"


def _facts(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "group": case.group,
        "split": case.split,
        "licence": case.provenance.licence,
        "source": case.provenance.source,
        "cite": {name: case.provenance.locator[name] for name in _CITED if name in case.provenance.locator},
        "attributes": dict(case.attributes),
        "texts": [{"kind": one.kind, "author": one.author, "text": one.text} for one in case.texts],
        "turns": [{"question": one.question, "answer": one.answer, "author": one.author} for one in case.turns],
        "images": {name: _image_facts(image) for name, image in sorted(case.images.items())},
        "masks": {name: _mask_facts(mask) for name, mask in sorted(case.masks.items())},
    }


def _image_facts(image: Image) -> dict[str, Any]:
    return {
        "format": image.format,
        "shape": list(image.shape),
        "channels": image.channels,
        "spacing": None if image.spacing is None else list(image.spacing),
        "unit": image.unit,
    }


def _mask_facts(mask: Image) -> dict[str, Any]:
    return {"empty": None if mask.marked is None else mask.marked == 0, "pixels": mask.marked}
