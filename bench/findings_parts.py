"""`kept`: something to find out, once: what was found is kept by model, data and rules."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from findings_measures import Finding
from lexiscope.core.files import sha256_file, sha256_json, write_json

_RULES = Path(__file__).with_name("findings_measures.py")


@dataclass(frozen=True)
class Part:
    """Something to find out, once.

    Args:
        name: Name, in words.
        about: Model, data, split, seed and settings; what is kept is found again by them.
        find: Finds it out.
    """

    name: str
    about: Mapping[str, Any]
    find: Callable[[], list[Finding]]


def kept(name: str, part: Part, folder: Path) -> dict[str, Any]:
    """What was found of a part, from its file where model, data and rules are those of then."""
    about = {"set": name, "part": part.name, **part.about}
    path = folder / f"{sha256_json([about, sha256_file(_RULES)])[:32]}.json"
    if path.exists():
        run: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return run
    start = time.process_time()
    findings = [finding.to_dict() for finding in part.find()]
    run = {"about": about, "findings": findings, "processor_seconds": round(time.process_time() - start, 1)}
    folder.mkdir(parents=True, exist_ok=True)
    write_json(path, run)
    return run
