"""lexiscope: a private vision-language model from a lab's own papers, micrographs and scans.

Every verb of the command line is one function here, under the same name and with the same arguments. Names are
imported on first use: `import lexiscope` loads no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lexiscope.core import Case, Image, LexiscopeError, Passage, Prediction, Provenance
    from lexiscope.corpus.audit import audit_corpus
    from lexiscope.corpus.build import build_corpus
    from lexiscope.corpus.exchange import export_corpus
    from lexiscope.corpus.splits import split_corpus
    from lexiscope.corpus.store import Corpus
    from lexiscope.demo import run_demo
    from lexiscope.evaluate.classify import evaluate_classification
    from lexiscope.evaluate.search import evaluate_search
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.sources.images import ImagesSource
    from lexiscope.sources.jats import JatsSource
    from lexiscope.sources.nifti import NiftiSource
    from lexiscope.sources.simulated import SimulatedSource
    from lexiscope.sources.table import TableSource
    from lexiscope.tasks.classify import classify
    from lexiscope.tasks.search import index_corpus, search
    from lexiscope.training.align import align
    from lexiscope.training.align_config import AlignConfig

_ROOMS = {
    "AlignConfig": "training.align_config",
    "Case": "core",
    "Corpus": "corpus.store",
    "Image": "core",
    "ImagesSource": "sources.images",
    "JatsSource": "sources.jats",
    "LexiscopeError": "core",
    "ModelDirectory": "models.directory",
    "NiftiSource": "sources.nifti",
    "Passage": "core",
    "Prediction": "core",
    "Provenance": "core",
    "SimulatedSource": "sources.simulated",
    "TableSource": "sources.table",
    "align": "training.align",
    "audit_corpus": "corpus.audit",
    "build_corpus": "corpus.build",
    "classify": "tasks.classify",
    "evaluate_classification": "evaluate.classify",
    "evaluate_search": "evaluate.search",
    "export_corpus": "corpus.exchange",
    "index_corpus": "tasks.search",
    "run_demo": "demo",
    "search": "tasks.search",
    "split_corpus": "corpus.splits",
}

__all__ = list(_ROOMS)


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'lexiscope' has no attribute {name!r}")
    return getattr(import_module(f"lexiscope.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_ROOMS)
