"""`rows_of_folders`: rows of participants.tsv or of sessions.tsv -> the folders that they name, also without prefix."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lexiscope.sources.draft import Rejected
from lexiscope.sources.scans.bids.participants import ParticipantFacts


@dataclass(frozen=True, slots=True)
class FolderRows:
    """Rows by folder.

    Args:
        facts: Folder -> what its row says.
        steps: Folder -> remark on a row that named it in another way.
        rejected: Rows that name no folder.
    """

    facts: Mapping[str, ParticipantFacts] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=dict)
    rejected: tuple[Rejected, ...] = ()


def rows_of_folders(
    rows: Mapping[str, ParticipantFacts], folders: Collection[str], *, prefix: str, table: Path
) -> FolderRows:
    """Give each row the folder of its name; a name without the prefix counts, one with other zeros is only proposed.

    Args:
        rows: Name in the table -> what its row says.
        folders: Folders that are there.
        prefix: "sub-" or "ses-".
        table: The table, for the rejections.
    """
    facts = {name: said for name, said in rows.items() if name in folders}
    steps: dict[str, str] = {}
    rejected = []
    for name, said in rows.items():
        if name in facts:
            continue
        meant = prefix + name
        if meant in folders and meant not in rows:
            facts[meant] = said
            steps[meant] = f"row {name} of {table.name} taken for {meant}: its prefix is missing"
        else:
            rejected.append(_rejected(name, _likely(name, folders, prefix), table))
    return FolderRows(facts, steps, tuple(rejected))


def _likely(name: str, folders: Collection[str], prefix: str) -> str:
    """The only folder that differs in case, zeros and prefix alone; empty when there is none or a choice."""
    alike = [folder for folder in folders if _plain(folder, prefix) == _plain(name, prefix)]
    return alike[0] if len(alike) == 1 else ""


def _plain(name: str, prefix: str) -> str:
    """A name without prefix, capitals, noughts in front, and what spreadsheets make of it ("1.0", "sub_001")."""
    bare = re.sub(rf"\.0+$|^\s*{prefix.rstrip('-')}[-_ ]*", "", name.lower()).strip()
    return re.sub(r"\d+", lambda digits: str(int(digits[0])), bare)


def _rejected(name: str, likely: str, table: Path) -> Rejected:
    if not likely:
        return Rejected(str(table), f"{name} has no folder", "add its scans or remove the row")
    reason = f"{name} has no folder; {likely} is likely meant"
    return Rejected(str(table), reason, f"write {likely} in {table.name}, or add the scans of {name}")
