"""lexiscope: a private vision-language model from a lab's own papers, micrographs and scans.

Every verb of the command line is one function here, under the same name and with the same arguments. Names are
imported on first use: `import lexiscope` loads no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lexiscope.core import Case, Evidence, Image, LexiscopeError, Passage, Prediction, Provenance, Turn
    from lexiscope.corpus import Corpus, audit_corpus, build_corpus, export_corpus, split_corpus
    from lexiscope.demo import run_demo
    from lexiscope.evaluate.search import evaluate_search
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.sources import ImagesSource, JatsSource, NiftiSource, SimulatedSource, TableSource
    from lexiscope.tasks.search import index_corpus, search
    from lexiscope.training.align import AlignConfig, align

_ROOMS = {
    "AlignConfig": "training.align",
    "Case": "core",
    "Corpus": "corpus",
    "Evidence": "core",
    "Image": "core",
    "ImagesSource": "sources",
    "JatsSource": "sources",
    "LexiscopeError": "core",
    "ModelDirectory": "models.directory",
    "NiftiSource": "sources",
    "Passage": "core",
    "Prediction": "core",
    "Provenance": "core",
    "SimulatedSource": "sources",
    "TableSource": "sources",
    "Turn": "core",
    "align": "training.align",
    "audit_corpus": "corpus",
    "build_corpus": "corpus",
    "evaluate_search": "evaluate.search",
    "export_corpus": "corpus",
    "index_corpus": "tasks.search",
    "run_demo": "demo",
    "search": "tasks.search",
    "split_corpus": "corpus",
}

__all__ = list(_ROOMS)  # noqa: PLE0605 - the table is the single list of public names


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'lexiscope' has no attribute {name!r}")
    return getattr(import_module(f"lexiscope.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_ROOMS)
