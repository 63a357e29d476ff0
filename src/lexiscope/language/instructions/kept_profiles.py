"""`read_profiles`, `save_profiles`: profiles of structures beside a corpus, in `structures.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lexiscope.core.errors import UsageError
from lexiscope.core.files import sha256_json, write_json
from lexiscope.core.owned import require_own
from lexiscope.core.strict_json import read_object
from lexiscope.language.instructions.profile import StructureProfile
from lexiscope.language.instructions.profiles import Profiles

FILE = "structures.json"


def read_profiles(folder: Path) -> dict[str, StructureProfile]:
    """Structure -> what it looks like, of a corpus whose instructions were written.

    Args:
        folder: Directory of the corpus.

    Raises:
        UsageError: no profiles there, or not in today's form.
    """
    path = folder / FILE
    if not path.is_file():
        msg = f"expected {FILE} in {folder}, found none"
        raise UsageError(f"{msg}; make it with: lexiscope write instructions {folder} --with measured")
    try:
        records = dict(read_object(path)["structures"])
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is damaged ({error}); remove it and write the instructions again") from error
    return {name: StructureProfile.from_dict(record) for name, record in records.items()}


def save_profiles(folder: Path, profiles: Mapping[str, StructureProfile]) -> None:
    """Write profiles in place of those that were there.

    Args:
        folder: Directory of the corpus.
        profiles: Structure -> what it looks like.
    """
    records = {name: profiles[name].to_dict() for name in sorted(profiles)}
    write_json(require_own(folder, FILE), {"structures": records})


def up_to_date(folder: Path, profiles: Profiles, structures: Sequence[str]) -> dict[str, StructureProfile]:
    """Profiles that are kept in a folder; of some structures those that are missing or older than the masks anew.

    Args:
        folder: Directory of the corpus.
        profiles: Learns what is missing.
        structures: Names of the structures.
    """
    try:
        known = read_profiles(folder)
    except UsageError:
        known = {}
    for name in structures:
        if name not in known or known[name].key != profiles.key(name, None):
            profile = profiles.profile(name, None)
            known = {key: value for key, value in known.items() if key != name} | ({name: profile} if profile else {})
    return known


@dataclass(frozen=True, slots=True)
class KeptProfiles:
    """Profiles that were learned elsewhere, told to every case alike; the other way is `ProfileBook`.

    Args:
        profiles: Structure -> what it looks like.
    """

    profiles: Mapping[str, StructureProfile]

    def key(self, structure: str, group: str | None) -> str:
        """Hash of a profile; every group reads the same.

        Args:
            structure: Name of the structure.
            group: Of no consequence here.
        """
        del group
        return sha256_json(self.profiles[structure].to_dict()) if structure in self.profiles else ""

    def profile(self, structure: str, group: str | None) -> StructureProfile | None:
        """What the structure looks like; None for one that nobody learned.

        Args:
            structure: Name of the structure.
            group: Of no consequence here.
        """
        del group
        return self.profiles.get(structure)
