"""`/cases`, `/facets`: cases of the corpus, paged and filtered, and what their fields hold, with counts."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from lexiscope.core.case import Case
from lexiscope.core.json_types import to_json
from lexiscope.corpus import Corpus
from lexiscope.corpus.rows import case_of
from lexiscope.index.filter import parse_filter
from lexiscope.language.instructions.history import case_instruction_history
from lexiscope.serve.case_rows import CaseRow, WholeCase, case_row, whole_case
from lexiscope.serve.case_table import Facet
from lexiscope.serve.correction_rows import correction_row
from lexiscope.serve.problems import NotFoundError
from lexiscope.serve.routes.literal_end import LiteralEndRoute
from lexiscope.serve.routes.tasks import PROBLEMS
from lexiscope.serve.said import said
from lexiscope.serve.site import Site, SiteOf
from lexiscope.serve.workers.call import Call

router = APIRouter(tags=["corpus"], responses={404: PROBLEMS[404]}, route_class=LiteralEndRoute)

_MOST = 200  # cases of one page

Where = Annotated[list[str], Query(description="Only such cases; repeatable.", examples=["split=test"])]
Ids = Annotated[list[str], Query(max_length=_MOST, description="These cases, as many as there are, in this order.")]


class CasePage(BaseModel):
    """A part of the cases."""

    total: int = Field(description="Cases that satisfy the conditions.")
    offset: int
    cases: list[CaseRow]


class InstructionRow(BaseModel):
    """One instruction to outline a structure, as the case has it or had it."""

    case: str = Field(examples=["visit-7"])
    structure: str = Field(examples=["lesion"])
    text: str = Field(
        description="The sentences; empty where the writer took back what it had written.",
        examples=["Segment the lesion. It is seen on the left side."],
    )
    author: str = Field(description='Name of the writer, or "human".', examples=["measured"])
    modalities: list[str] = Field(description="Modalities that it was written from.", examples=[["flair"]])
    time: str | None = Field(
        description="Since when the case has it; null for one that is older than the history.",
        examples=["2026-11-28T16:00:00+00:00"],
    )
    version: str | None = Field(
        description="Hash of the writer's rules, words and language model; null where it has none, as a person.",
        examples=["ab12" * 16],
    )
    correction: int | None = Field(description="Number of the correction that it was saved as.", examples=[None])
    instead_of: str | None = Field(description="Text that the correction took the place of.", examples=[None])
    by: str | None = Field(description="Name of the person who corrected it, where it was given.", examples=[None])
    in_force: bool = Field(description="The case has it now. Of several authors, a person's is asked first.")


class Facets(BaseModel):
    """Value -> number of cases that have it, of each field; the most frequent first, at most 200."""

    total: int = Field(description="Cases that satisfy the conditions.")
    split: dict[str, int]
    group: dict[str, int]
    attributes: dict[str, Facet] = Field(description="Of many different numbers, the smallest and the largest.")
    modalities: dict[str, int]
    licence: dict[str, int]
    source: dict[str, int]


@router.get("/cases", responses={400: PROBLEMS[400]})
def list_cases(
    site: SiteOf,
    where: Where = [],  # noqa: B006  (FastAPI copies it)
    id: Ids = [],  # noqa: B006
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 50,
) -> CasePage:
    """List cases ordered by id, a page at a time; or those of some ids."""
    corpus = site.cases  # one state of it: places are others after a correction
    table = site.table.of(corpus)
    if id:
        stored = corpus.stored_rows(id)
        cases = [case_of(stored[one]) for one in id if one in stored]
        return CasePage(total=len(cases), offset=0, cases=[case_row(case, table.modalities) for case in cases])
    places = table.places(parse_filter(where))
    page = places[offset : offset + limit].tolist()
    cases = corpus.at(page) if page else []
    return CasePage(total=len(places), offset=offset, cases=[case_row(case, table.modalities) for case in cases])


@router.get("/facets", responses={400: PROBLEMS[400]})
def count_facets(site: SiteOf, where: Where = []) -> Facets:  # noqa: B006
    """Count the cases that have each value of each field, under the conditions on the other fields."""
    return Facets(**site.table.of(site.cases).facets(parse_filter(where)))


@router.get("/cases/{case_id:path}/similar")
async def similar_cases(
    case_id: str,
    site: SiteOf,
    model: str | None = None,
    k: Annotated[int, Query(ge=1, le=_MOST)] = 12,
) -> dict[str, Any]:
    """Search for cases that look like one of the corpus, or that are described alike where it has no image."""
    name = site.crew.model_or_only(model)
    request = await run_in_threadpool(_likeness, site, case_id, site.crew.worker(name).about["modalities"])
    found = said(await site.crew.ask(name, Call("predict", "search", request={**request, "k": k + 1})))
    return {**found, "case": case_id, "value": [hit for hit in found["value"] if hit["case"] != case_id][:k]}


@router.get("/cases/{case_id:path}/instructions")
def list_instructions(case_id: str, site: SiteOf) -> list[InstructionRow]:
    """List every instruction to outline something that a case ever had, the oldest first, as `corpus list --history`.

    Who wrote each, when, by which version of the writer, and whether it is in force, earlier, or taken back.
    """
    corpus = site.cases  # one state of it: what is in force stands in its rows
    versions = case_instruction_history(corpus, _find(corpus, case_id))
    return [InstructionRow(**to_json(version.to_dict())) for version in versions]


@router.get("/cases/{case_id:path}")
def get_case(case_id: str, site: SiteOf) -> WholeCase:
    """Tell everything that is known of one case; slashes of its id are best written as %2F."""
    case = _find(site.cases, case_id)
    corrections = [correction_row(correction) for correction in site.cases.ledger.corrections(case_id)]
    return whole_case(case, site.table.of(site.cases).modalities, corrections)


def _find(corpus: Corpus, case_id: str) -> Case:
    stored = corpus.stored_rows([case_id])
    if case_id not in stored:
        raise NotFoundError(f"expected the id of a case of the corpus, got {case_id}; see /cases")
    return case_of(stored[case_id])


def _likeness(site: Site, case_id: str, modalities: list[str]) -> dict[str, Any]:
    """What a search for cases like one is asked: its first image that the model reads, or else its words."""
    case = _find(site.cases, case_id)
    modality = next((name for name in modalities if name in case.images), None)
    if modality is not None:
        return {"image": str(site.cases.object_path(case.images[modality])), "modality": modality}
    if not case.statements:
        raise NotFoundError(f"expected an image or a text of case {case_id} to search by, got neither; choose another")
    return {"query": case.statements[0].text}
