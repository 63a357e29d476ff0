"""`ServeConfig`: what who runs the server chooses."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from lexiscope.core.settings import Flag, Settings

MIB = 2**20


class ServeConfig(Settings):
    """Where the server listens, whom it lets in, and how much it takes.

    Args:
        host: Address to listen on. Any but loopback needs a token.
        port: Port to listen on; 0 takes a free one.
        token: Whoever has it may read and write; the environment's LEXISCOPE_TOKEN when left out.
        read_token: Whoever has it may read; the environment's LEXISCOPE_READ_TOKEN when left out.
        read_only: Refuse uploads and corrections, whatever the token.
        tls_certificate: Certificate of the host in PEM, to speak https.
        tls_key: Key of that certificate.
        queue: Different calls of a model that may wait; another is answered with 503.
        call_s: Seconds that a call may take and say nothing of its progress before its process is given up.
        upload_mb: Largest upload in MiB.
        display_mb: Volumes above so many MiB are shown downsampled.
        look_at: Cases of the corpus that each model looks at while nobody asks for anything, so that people correct the
            least sure ones first; 0 for none.
        index_url: Qdrant server that was named when indexing, with the environment's LEXISCOPE_QDRANT_API_KEY; left out
            for the index inside each model directory.
        names: Names by which browsers reach the server beside its address, such as that of a proxy. Repeatable.
        audit_log: File to append a line to for each request: kind, role, outcome, sizes; nothing that names a case.
        rate: Requests of one token, or of one address without tokens, in a minute.
        reports: Folder with reports of evaluations and interpretations to show.
        archive: STOW-RS address of the archive that visitors with the right to write may send segmentations to.
        archive_token: Bearer token of the archive; the environment's LEXISCOPE_ARCHIVE_TOKEN when left out.
        archive_off_this_machine: Allow an archive elsewhere, by https; segmentations carry identifiers of patients.
        drain_s: Seconds that calls in flight may take to end when the server is told to stop.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8230
    token: Annotated[str | None, Flag("--token", env="LEXISCOPE_TOKEN"), Field(repr=False)] = None
    read_token: Annotated[str | None, Flag("--read-token", env="LEXISCOPE_READ_TOKEN"), Field(repr=False)] = None
    read_only: bool = False
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    queue: Annotated[int, Field(ge=1)] = 128
    call_s: Annotated[float, Field(gt=0)] = 600.0
    upload_mb: Annotated[int, Field(ge=1)] = 1024
    display_mb: Annotated[int, Field(ge=1)] = 256
    look_at: Annotated[int, Field(ge=0)] = 1000
    index_url: str | None = None
    names: tuple[str, ...] = ()
    audit_log: Path | None = None
    rate: Annotated[int, Field(ge=1)] = 60_000
    reports: Path | None = None
    archive: str | None = None
    archive_token: Annotated[str | None, Flag("--archive-token", env="LEXISCOPE_ARCHIVE_TOKEN"), Field(repr=False)] = (
        None
    )
    archive_off_this_machine: bool = False
    drain_s: Annotated[float, Field(ge=0)] = 30.0
