"""lexiscope: a private vision-language model from a lab's own papers, micrographs and scans.

The verbs of the command line as functions, with the same arguments; what many choices need is a class of settings, such
as `AlignConfig`, whose fields are the options. Names are imported on first use: `import lexiscope` loads no torch.

Some names say more than their verb: `build_corpus`, `audit_corpus`, `split_corpus` and `export_corpus` are
`corpus build` and so on, `index_corpus` is `index`, `deidentify_folder` is `corpus deidentify`, `evaluate_model` is
`evaluate`, `run_demo` is `demo`, `train_segmenter` is `train segment`, `write_captions`, `write_conversations` and
`write_instructions` are `write captions`, `write conversations` and `write instructions`.

These verbs have their functions in the rooms: `corpus info` is `lexiscope.corpus.summary.summarise`, `corpus import` is
`lexiscope.corpus.exchange.import_corpus`, `corpus validate` is `lexiscope.corpus.exchange.validate_file`,
`corpus verify` is `lexiscope.corpus.verify.verify_corpus`, `train merge` is `lexiscope.training.instruct.merge.merge`,
`model export` is `lexiscope.models.export.export_model`,
`interpret` is `lexiscope.interpret.run.interpret_model`, `serve` is `lexiscope.serve.run.serve`, `mcp` is
`lexiscope.serve.mcp.run.serve_mcp`, `simulate papers` is `lexiscope.simulate.glass.write_glass_papers`,
`simulate scenes` is `lexiscope.simulate.scenes.write_scenes`, `simulate scans` is
`lexiscope.simulate.scans.write_scans`, `simulate paper` is `lexiscope.simulate.paper.write_paper`,
`benchmark make` is `lexiscope.evaluate.benchmark.make.make_benchmark` and `benchmark run` is
`lexiscope.evaluate.benchmark.run.run_benchmark`.
`corpus list` is a loop over `Corpus.cases`, `corpus corrections` one over `Corpus.ledger.corrections()`.
"""

from importlib import import_module

TYPE_CHECKING = False  # as in `typing`, which takes longer to import than all the rest here
if TYPE_CHECKING:
    from typing import Any

    from lexiscope.core import Case, LexiscopeError, Prediction
    from lexiscope.corpus.audit import audit_corpus
    from lexiscope.corpus.build import build_corpus
    from lexiscope.corpus.deidentify.folder import deidentify_folder
    from lexiscope.corpus.exchange import export_corpus
    from lexiscope.corpus.splits import split_corpus
    from lexiscope.corpus.store import Corpus
    from lexiscope.demo import run_demo
    from lexiscope.evaluate.run import evaluate_model
    from lexiscope.language.captions.write import write_captions
    from lexiscope.language.conversations.write import write_conversations
    from lexiscope.language.instructions.write import write_instructions
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.tasks.answer import ask
    from lexiscope.tasks.caption import caption
    from lexiscope.tasks.classify.classify import classify
    from lexiscope.tasks.search.indexing import index_corpus
    from lexiscope.tasks.search.search import search
    from lexiscope.tasks.segment.delineate import segment
    from lexiscope.training.align.align import align
    from lexiscope.training.align.config import AlignConfig
    from lexiscope.training.instruct.config import InstructConfig
    from lexiscope.training.instruct.instruct import instruct
    from lexiscope.training.pretrain.config import PretrainConfig
    from lexiscope.training.pretrain.pretrain import pretrain
    from lexiscope.training.segment.config import SegmentConfig
    from lexiscope.training.segment.segment import train_segmenter

_ROOMS = {
    "AlignConfig": "training.align.config",
    "Case": "core",
    "Corpus": "corpus.store",
    "InstructConfig": "training.instruct.config",
    "LexiscopeError": "core",
    "ModelDirectory": "models.directory",
    "Prediction": "core",
    "PretrainConfig": "training.pretrain.config",
    "SegmentConfig": "training.segment.config",
    "align": "training.align.align",
    "ask": "tasks.answer",
    "audit_corpus": "corpus.audit",
    "build_corpus": "corpus.build",
    "caption": "tasks.caption",
    "classify": "tasks.classify.classify",
    "deidentify_folder": "corpus.deidentify.folder",
    "evaluate_model": "evaluate.run",
    "export_corpus": "corpus.exchange",
    "index_corpus": "tasks.search.indexing",
    "instruct": "training.instruct.instruct",
    "pretrain": "training.pretrain.pretrain",
    "run_demo": "demo",
    "search": "tasks.search.search",
    "segment": "tasks.segment.delineate",
    "split_corpus": "corpus.splits",
    "train_segmenter": "training.segment.segment",
    "write_captions": "language.captions.write",
    "write_conversations": "language.conversations.write",
    "write_instructions": "language.instructions.write",
}

__all__ = list(_ROOMS)


def __getattr__(name: str) -> "Any":
    if name not in _ROOMS:
        raise AttributeError(f"module 'lexiscope' has no attribute {name!r}")
    try:
        return getattr(import_module(f"lexiscope.{_ROOMS[name]}"), name)
    except ImportError as error:
        from lexiscope.core.extras import missing_extra

        raise missing_extra(error) or error from None


def __dir__() -> list[str]:
    return sorted(_ROOMS)
