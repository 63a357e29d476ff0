"""`/health`: whether the server answers; never waits for a model."""

from fastapi import APIRouter

router = APIRouter(tags=["server"])


@router.get("/health")
async def health() -> dict[str, str]:
    """Say that the server answers."""
    return {"status": "ok"}
