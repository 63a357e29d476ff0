"""`store`: DICOM segmentations to an archive by STOW-RS, when somebody asks for it."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lexiscope.core.errors import LexiscopeError, SourceError, UsageError
from lexiscope.core.extras import need
from lexiscope.sources.steady import open_input

_SEG = "SEG"
_LOCAL = ("localhost",)
_TIMEOUT_S = 60.0


class ArchiveError(LexiscopeError):
    """An archive that does not answer, or takes not all that was sent."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an archive took.

    Args:
        url: Its address.
        stored: SOP instance UIDs.
    """

    url: str
    stored: tuple[str, ...]


def store(
    files: Sequence[Path | str], url: str, *, off_this_machine: bool = False, token: str | None = None
) -> Receipt:
    """Send DICOM segmentations, which carry their patient's identifiers, to an archive.

    Args:
        files: What `lexiscope segment` wrote with --as dicom-seg or --as dicom-labelmap.
        url: Address of the archive's STOW-RS service, such as http://127.0.0.1:8042/dicom-web.
        off_this_machine: Allow an archive that is not on this machine; it must speak https.
        token: Bearer token of the archive.

    Raises:
        UsageError: no files, or an address off this machine that is not allowed or not https.
        SourceError: a file that is no DICOM segmentation.
        ArchiveError: the archive does not answer, or refuses one of them.
        MissingExtraError: dicomweb-client is not installed.
    """
    check_address(url, off_this_machine=off_this_machine)
    if not files:
        raise UsageError("expected DICOM segmentations to store, got none; write them with segment --as dicom-seg")
    datasets = [_segmentation(Path(file)) for file in files]
    client = _client(url, token)
    try:
        answer = client.store_instances(datasets)
    except Exception as error:  # of what an archive answers, the client raises what its libraries raise
        msg = f"the archive at {url} does not take them: {type(error).__name__}: {error}"
        raise ArchiveError(f"{msg}; check its address and its log") from error
    stored = tuple(str(item.ReferencedSOPInstanceUID) for item in answer.get("ReferencedSOPSequence", []))
    refused = [str(item.ReferencedSOPInstanceUID) for item in answer.get("FailedSOPSequence", [])]
    missing = [str(one.SOPInstanceUID) for one in datasets if str(one.SOPInstanceUID) not in stored]
    if refused or missing:
        msg = f"the archive at {url} took {len(stored)} of {len(datasets)} segmentations, not {(refused or missing)[0]}"
        raise ArchiveError(f"{msg}; its log says why")
    return Receipt(url, stored)


def check_address(url: str, *, off_this_machine: bool) -> None:
    """Refuse an address that identifiers must not go to.

    Raises:
        UsageError: it is none, or off this machine without being allowed, or without https.

    Example:
        >>> check_address("http://127.0.0.1:8042/dicom-web", off_this_machine=False)
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"expected an address such as http://127.0.0.1:8042/dicom-web, got {url}; write it so")
    if _is_here(parts.hostname):
        return
    if not off_this_machine:
        msg = f"expected an archive on this machine, got {parts.hostname}, and segmentations carry identifiers"
        raise UsageError(f"{msg}; if they may leave, allow it: off_this_machine=True, --archive-off-this-machine")
    if parts.scheme != "https":
        raise UsageError(f"expected https for an archive off this machine, got {url}; write https://")


def _is_here(host: str) -> bool:
    if host in _LOCAL:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _segmentation(path: Path) -> Any:
    import pydicom

    try:
        with open_input(path) as stream:
            dataset = pydicom.dcmread(stream)
    except (SourceError, MemoryError):
        raise
    except Exception as error:  # on hostile bytes the reader raises nearly anything
        msg = f"{path.name} is no DICOM file: {type(error).__name__}: {error}"
        raise SourceError(msg, remedy="write segmentations with segment --as dicom-seg") from error
    if dataset.get("Modality") != _SEG:
        msg = f"expected a DICOM segmentation, got {path.name} of modality {dataset.get('Modality')!r}"
        raise SourceError(msg, remedy="write segmentations with segment --as dicom-seg")
    return dataset


def _client(url: str, token: str | None) -> Any:
    api = need("dicomweb_client.api", extra="serve")
    requests = need("requests", extra="serve")
    session = requests.Session()
    session.trust_env = not _is_here(urlsplit(url).hostname or "")  # no proxy between this machine and itself
    session.max_redirects = 0  # identifiers go where they were sent, and nowhere else
    headers = {"Authorization": f"Bearer {token}"} if token else None
    client = api.DICOMwebClient(url, session=session, headers=headers, timeout=_TIMEOUT_S)
    client.set_http_retry_params(retry=False)  # whoever asked is told, and asks again
    return client
