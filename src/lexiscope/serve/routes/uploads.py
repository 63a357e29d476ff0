"""`/uploads`: files to ask about: an image, sequences of one case, DICOM files, or a zip of them."""

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel, Field

from lexiscope.core.errors import UsageError
from lexiscope.serve.routes.tasks import PROBLEMS
from lexiscope.serve.shown_uploads import show_upload
from lexiscope.serve.site import SiteOf
from lexiscope.serve.uploads import Arrived

router = APIRouter(tags=["uploads"])


class UploadRow(BaseModel):
    """Files that requests may name."""

    upload: str = Field(description="Id that requests give it.", examples=["Xy3kP0q_aB1c"])
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
    return UploadRow(upload=kept.id, kind=kept.kind, files=list(kept.names), images=images)
