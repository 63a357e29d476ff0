"""`Pseudonyms`: stable stand-ins for identifiers, by keyed hash (HMAC-SHA256, RFC 2104)."""

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from lexiscope.core.errors import UsageError
from lexiscope.core.regular import read_regular

_OPEN_KEY = b"lexiscope"  # same ids on every machine; whoever guesses an identifier can confirm the guess
_DIGITS = 12
_SMALLEST_KEY = 16
_UID_ROOT = "2.25."  # UIDs from 128-bit numbers: DICOM PS3.5, B.2
_LONGEST_SHIFT = 3650


@dataclass(frozen=True, slots=True, repr=False)
class Pseudonyms:
    """Stand-ins for identifiers: the same identifier and key give the same stand-in, on every run.

    Args:
        key: The secret. Without it nobody can tell whether a stand-in belongs to an identifier they guess.
    """

    key: bytes = _OPEN_KEY

    @classmethod
    def from_file(cls, path: Path | None) -> "Pseudonyms":
        """The pseudonyms of a key file; of the open key, which only hides, when there is none.

        Raises:
            UsageError: the file cannot be read, or holds fewer than 16 bytes.
        """
        if path is None:
            return cls()
        try:
            key = read_regular(path).strip()
        except OSError as error:
            raise UsageError(
                f"expected a key file at {path}: {error.strerror or error}; make one of random bytes"
            ) from error
        if len(key) < _SMALLEST_KEY:
            raise UsageError(
                f"the key in {path} must have {_SMALLEST_KEY} bytes or more, got {len(key)}; make a new one"
            )
        return cls(key)

    def name(self, kind: str, identifier: str) -> str:
        """Readable stand-in such as "patient-3fa94b2c01de".

        Example:
            >>> Pseudonyms().name("patient", "HOSP-4711")
            'patient-14ce71ee9878'
        """
        return f"{kind}-{self._digest(kind, identifier).hex()[:_DIGITS]}"

    def uid(self, uid: str) -> str:
        """A valid UID that stands for `uid`."""
        return _UID_ROOT + str(int.from_bytes(self._digest("uid", uid)[:16], "big"))

    def days(self, patient: str) -> int:
        """Days by which a patient's dates move into the past: 1 to 3650, the same for all of the patient's dates.

        Example:
            >>> 1 <= Pseudonyms(b"a key of our own").days("HOSP-4711") <= 3650
            True
        """
        return 1 + int.from_bytes(self._digest("days", patient)[:8], "big") % _LONGEST_SHIFT

    def _digest(self, kind: str, identifier: str) -> bytes:
        said = f"{kind}:{identifier}".encode("utf-8", "surrogateescape")  # names of files need be no UTF-8
        return hmac.digest(self.key, said, hashlib.sha256)
