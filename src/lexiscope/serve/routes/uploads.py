"""`/uploads`: files to ask about: an image, sequences of one case, DICOM files, or a zip of them."""

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel, Field

from lexiscope.core.errors import UsageError
from lexiscope.serve.routes.tasks import PROBLEMS
from lexiscope.serve.shown_uploads import show_upload
from lexiscope.serve.site import SiteOf
from lexiscope.serve.uploads import Arrived, Upload

router = APIRouter(tags=["uploads"])


class UploadRow(BaseModel):
    """Files that requests may name."""

    upload: str = Field(description="Id that requests give it.", examples=["5f3a9c01-Xy3kP0q_aB1cD2eF"])
    kind: str = Field(examples=["image"])
    files: list[str] = Field(description="Names as they came.", examples=[["flair.nii.gz"]])
    images: dict[str, str] = Field(
        description="What each image shows (the name of its file where nobody says) -> its content hash, by which "
        "/images, /volumes and /tiles show it; of DICOM files those of the first study that can be read.",
        examples=[{"flair": "ab12" * 16}],
    )


@router.post(
    "/uploads",
    status_code=201,
    responses={403: {"description": "Read only."}, 413: {"description": "Too large."}, **PROBLEMS},
)
def upload(
    site: SiteOf,
    file: Annotated[list[UploadFile], File(description="Image files of one case, DICOM files of one study, or a zip.")],
    modality: Annotated[list[str] | None, Form(description="What each file shows, in their order.")] = None,
) -> UploadRow:
    """Keep files of one case to ask about; newer uploads take the place of old ones."""
    nothing: list[str | None] = [None] * len(file)
    shown = [*(modality or nothing)]
    if len(shown) != len(file):
        raise UsageError(f"expected a modality for each of {len(file)} files, got {len(shown)}; name all or none")
    pairs = zip(file, shown, strict=True)
    kept = site.uploads.keep(Arrived(one.filename or "", one.file, name) for one, name in pairs)
    images = show_upload(kept, site.gallery, site.uploads.shown_folder(kept.id))
    return _row(site.uploads.show(kept.id, images))


@router.get("/uploads/{upload_id}", responses={status: PROBLEMS[status] for status in (404, 410)})
async def kept_upload(upload_id: str, site: SiteOf) -> UploadRow:
    """Tell what an upload holds, as long as it is kept."""
    return _row(site.uploads.find(upload_id))


def _row(upload: Upload) -> UploadRow:
    return UploadRow(upload=upload.id, kind=upload.kind, files=list(upload.names), images=dict(upload.images))
