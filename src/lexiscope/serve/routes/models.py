"""`/models`: the models that are served, and what each can do."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from lexiscope.models.directory import ModelDirectory
from lexiscope.serve.site import Site, SiteOf
from lexiscope.tasks import TASKS

router = APIRouter(tags=["models"])


class ModelRow(BaseModel):
    """One model."""

    name: str = Field(examples=["brain-model"])
    parts: list[str] = Field(examples=[["image", "text", "joint"]])
    tasks: list[str] = Field(description="Tasks that its parts suffice for.", examples=[["search", "classify"]])
    modalities: list[str] = Field(description="Images that it reads.", examples=[["flair", "t1"]])
    structures: list[str] = Field(description="Structures that it outlines.", examples=[["lesion"]])
    attributes: list[str] = Field(description="Attributes of the cases that can be predicted.", examples=[["grade"]])
    fingerprint: str = Field(description="Of its joint space, or else of the last part that it has.")
    card: str = Field(description="Model card in Markdown.")
    record: dict[str, Any] = Field(description="Corpus, settings, seed and measures of that part's training.")


@router.get("/models")
def models(site: SiteOf) -> list[ModelRow]:
    """List the models."""
    attributes = _attributes(site)
    rows = [_row(site, name, model, attributes) for name, model in site.models.items()]
    return [ModelRow(**site.places.hidden(row.model_dump())) for row in rows]


def _row(site: Site, name: str, model: ModelDirectory, attributes: list[str]) -> ModelRow:
    card, about = model.path / "README.md", site.crew.worker(name).about
    part = "joint" if model.has("joint") else model.parts()[-1]
    return ModelRow(
        name=name,
        parts=list(model.parts()),
        tasks=[kind.verb or task for task, kind in TASKS.load_all().items() if model.has(kind.part)],
        modalities=about["modalities"],
        structures=about["structures"],
        attributes=attributes if model.has("joint") else [],
        fingerprint=site.part_fingerprint(name, part),
        card=card.read_text(encoding="utf-8") if card.is_file() else "",
        record=model.record(part),
    )


def _attributes(site: Site) -> list[str]:
    if site.corpus is None:
        return []
    return [name.removeprefix("attributes.") for name in site.table.of(site.corpus).attributes]
