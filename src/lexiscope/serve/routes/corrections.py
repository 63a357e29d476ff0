"""`/corrections`: what people say instead of the corpus or a model, and which cases to look at first."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from lexiscope.core.errors import UsageError
from lexiscope.core.files import sha256_json
from lexiscope.corpus import Corpus
from lexiscope.corpus.corrections.answer import CorrectedAnswer
from lexiscope.corpus.corrections.attribute import CorrectedAttribute
from lexiscope.corpus.corrections.caption import CorrectedCaption
from lexiscope.corpus.corrections.correction import CorrectedPrediction, Value
from lexiscope.corpus.corrections.mask_file import keep_mask
from lexiscope.corpus.corrections.save import save_correction
from lexiscope.serve.correction_rows import correction_row
from lexiscope.serve.predictions import KeptPrediction
from lexiscope.serve.problems import NotFoundError
from lexiscope.serve.routes.interpret import Started
from lexiscope.serve.routes.tasks import PROBLEMS
from lexiscope.serve.site import Site, SiteOf

router = APIRouter(tags=["corrections"])

_TEXT = 100_000  # characters


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CaptionValue(_Given):
    """Words about the case."""

    text: Annotated[str, Field(max_length=_TEXT, examples=["One lesion in the left temporal lobe."])]
    instead_of: Annotated[
        str | None, Field(max_length=_TEXT, description="Text of the passage that it replaces; none when left out.")
    ] = None


class AnswerValue(_Given):
    """An answer to a question about the case."""

    question: Annotated[str, Field(max_length=_TEXT, examples=["Is there a lesion?"])]
    answer: Annotated[str, Field(max_length=_TEXT, examples=["Yes"])]
    form: Annotated[
        Literal["open", "closed", "defect", "feature"] | None, Field(description="As it was when left out.")
    ] = None


class AttributeValue(_Given):
    """A value of an attribute."""

    name: Annotated[str, Field(max_length=4096, examples=["grade"])]
    value: Annotated[
        Annotated[StrictStr, Field(max_length=_TEXT)] | StrictBool | StrictInt | StrictFloat | None,
        Field(description="null where it is not known.", examples=[3]),
    ]


class MaskValue(_Given):
    """An outline that was uploaded before."""

    structure: Annotated[str, Field(max_length=4096, examples=["lesion"])]
    upload: Annotated[
        str, Field(description="Id of an upload: a PNG (planes) or NIfTI (volumes) on the grid of an image.")
    ]
    on: Annotated[
        str | None, Field(max_length=4096, description="Modality on whose image it was drawn; any when left out.")
    ] = None


class CorrectsBody(BaseModel):
    """The prediction that is corrected, as it was answered; what is not named here is not kept."""

    model: Annotated[str | None, Field(description="Name of the model; the only one when left out.")] = None
    task: Annotated[str, Field(max_length=200, examples=["segment"])]
    value: Any = None


class _Correction(_Given):
    case: Annotated[str, Field(max_length=4096, description="Id of the case.")]
    corrects: Annotated[CorrectsBody | None, Field(description="null where the case itself is corrected.")] = None
    by: Annotated[str | None, Field(max_length=200, description="Name of the person, where it should be kept.")] = None
    note: Annotated[str | None, Field(max_length=4000)] = None


class CaptionBody(_Correction):
    """A corrected caption."""

    kind: Literal["caption"]
    value: CaptionValue


class AnswerBody(_Correction):
    """A corrected answer."""

    kind: Literal["answer"]
    value: AnswerValue


class AttributeBody(_Correction):
    """A corrected attribute."""

    kind: Literal["attribute"]
    value: AttributeValue


class MaskBody(_Correction):
    """A corrected mask."""

    kind: Literal["mask"]
    value: MaskValue


Body = Annotated[CaptionBody | AnswerBody | AttributeBody | MaskBody, Field(discriminator="kind")]


class CorrectionRow(BaseModel):
    """A correction as it is kept."""

    number: int
    case: str
    kind: str
    value: dict[str, Any]
    before: Any = Field(description="What the case said before; null where it said nothing.")
    time: str = Field(examples=["2026-11-28T16:00:00+00:00"])
    by: str | None
    corrects: dict[str, Any] | None = Field(description="Task, fingerprint of the model, and what it had said.")
    note: str | None
    author: str = Field(examples=["human"])


class SavedRow(CorrectionRow):
    """A correction that is on the disk."""

    applied: bool = Field(description="False while another process writes to the corpus; that one applies it.")


class QueueRow(BaseModel):
    """A prediction that nobody has corrected."""

    case: str
    thumbnail: str | None = Field(description="Address of a picture of the case; null where it has no image.")
    model: str
    task: str
    unsure: float = Field(
        description="0 (sure) to 1: its uncertainty, or else 1 less its score; of masks, how near that is to one half."
    )
    settings: dict[str, Any] = Field(description="How the task was opened.", examples=[{"attribute": "grade"}])
    request: dict[str, Any] = Field(description="What was asked.")
    prediction: dict[str, Any]


class LooksRow(BaseModel):
    """How far models are with looking at cases by themselves."""

    possible: bool = Field(description="False without a corpus or a model, and where the server was told not to.")
    job: str | None = Field(description="Job that looks now; null while none does.")
    done: int = Field(description="Cases that the model has looked at, those of before the server's start included.")
    total: int | None = Field(description="Cases that it looks at; null before the first.")
    model: str = Field(description="Name of the model that looked last.")
    problem: dict[str, Any] | None = Field(description="Why the last job failed.")


@router.post("/corrections", status_code=201, responses={403: {"description": "Read only."}, **PROBLEMS})
def correct(body: Body, site: SiteOf) -> SavedRow:
    """Save what a person says instead: a record of its own, which overwrites nothing and which every training uses."""
    corpus = site.cases
    _require_case(corpus, body.case)
    corrects = None if body.corrects is None else _corrected(site, body.corrects)
    value = _value(site, corpus, body)
    with site.writing():
        saved = save_correction(corpus, body.case, value, by=body.by, corrects=corrects, note=body.note)
    return SavedRow(**correction_row(saved.correction), applied=saved.applied)


@router.get("/corrections", responses={404: PROBLEMS[404]})
def corrections(
    site: SiteOf, case: str | None = None, limit: Annotated[int, Query(ge=1, le=10_000)] = 1000
) -> list[CorrectionRow]:
    """The newest corrections, of a case or of all, the oldest of them first."""
    if case is not None:
        _require_case(site.cases, case)
    return [CorrectionRow(**correction_row(one)) for one in site.cases.ledger.corrections(case)[-limit:]]


@router.get("/corrections/queue")
def queue(
    site: SiteOf,
    case: str | None = None,
    model: str | None = None,
    task: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> list[QueueRow]:
    """Predictions about cases, the least sure first; corrected ones are left out.

    They are of what was asked since the server started, and of the cases that models looked at by themselves.
    """
    done = {_key(one.case, one.corrects) for one in site.cases.ledger.corrections() if one.corrects is not None}

    def is_wanted(kept: KeptPrediction) -> bool:
        if case not in (None, kept.case) or model not in (None, kept.model) or task not in (None, kept.task):
            return False
        return _key(kept.case, _said(site, kept.model, kept.prediction)) not in done

    waiting = site.predictions.least_sure(is_wanted, limit=limit)
    thumbnails = _thumbnails(site.cases, {one.case for one in waiting})
    return [
        QueueRow(
            case=one.case,
            thumbnail=thumbnails.get(one.case),
            model=one.model,
            task=one.task,
            unsure=one.unsure,
            settings=dict(one.settings),
            request=dict(one.request),
            prediction=dict(one.prediction),
        )
        for one in waiting
    ]


@router.get("/corrections/looks")
async def looks(site: SiteOf) -> LooksRow:
    """Tell how many cases models have looked at by themselves, while nobody asked for anything."""
    job = site.looks.job
    runs = job is not None and not job.has_ended
    progress: dict[str, Any] = {"done": 0, "total": None, "what": ""} if job is None else job.progress
    return LooksRow(
        possible=site.looks.is_possible,
        job=job.id if job is not None and runs else None,
        done=progress["done"],
        total=progress["total"],
        model=progress["what"],
        problem=None if job is None else job.problem,
    )


@router.post("/corrections/looks", status_code=202, responses={404: PROBLEMS[404]})
async def look(site: SiteOf) -> Started:
    """Let models look at cases by themselves, or go on where they stopped; DELETE /jobs/{id} stops them."""
    return Started(job=site.looks.begin().id)


def _thumbnails(corpus: Corpus, cases: set[str]) -> dict[str, str]:
    """Case -> address of a small picture of its first image."""
    first = {name: next(iter(row["images"]), None) for name, row in corpus.stored_rows(cases).items()}
    return {name: f"/api/v1/images/{one['content']}/thumbnail" for name, one in first.items() if one is not None}


def _require_case(corpus: Corpus, case: str) -> None:
    if case not in corpus:
        raise NotFoundError(f"expected the id of a case of the corpus, got {case}; see /cases")


def _value(site: Site, corpus: Corpus, body: CaptionBody | AnswerBody | AttributeBody | MaskBody) -> Value:
    match body:
        case CaptionBody(value=given):
            return CorrectedCaption(given.text, given.instead_of)
        case AnswerBody(value=given):
            return CorrectedAnswer(given.question, given.answer, given.form)
        case AttributeBody(value=given):
            return CorrectedAttribute(given.name, given.value)
        case MaskBody(value=given):
            upload = site.uploads.find(given.upload)
            if upload.kind != "image":
                raise UsageError(f"expected one file as a mask, got a {upload.kind}; upload a PNG or a NIfTI")
            return keep_mask(corpus, body.case, given.structure, upload.path, on=given.on)


def _corrected(site: Site, body: CorrectsBody) -> CorrectedPrediction:
    return _said(site, site.crew.model_or_only(body.model), {"task": body.task, "value": body.value})


def _said(site: Site, model: str, prediction: Mapping[str, Any]) -> CorrectedPrediction:
    return CorrectedPrediction.of(prediction, model=site.fingerprint(model, prediction["task"]))


def _key(case: str, corrects: CorrectedPrediction) -> str:
    return sha256_json([case, corrects.task, corrects.model, corrects.said])
