"""`Site`: what a running server holds; every route gets it as `SiteOf`."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Annotated

from fastapi import Depends, Request

from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.audit import AuditReport, audit_corpus
from lexiscope.corpus.summary import Summary, summarise
from lexiscope.models.directory import ModelDirectory
from lexiscope.serve.case_table import CaseTable
from lexiscope.serve.config import MIB, ServeConfig
from lexiscope.serve.dicomweb.holdings import Holdings
from lexiscope.serve.gallery import Gallery
from lexiscope.serve.jobs import Jobs
from lexiscope.serve.kept import Kept
from lexiscope.serve.looks.looks import Looks
from lexiscope.serve.own_folder import own_folder
from lexiscope.serve.places import Places
from lexiscope.serve.predictions import KeptPredictions
from lexiscope.serve.problems import NotFoundError
from lexiscope.serve.quiet import Quiet
from lexiscope.serve.results import Results
from lexiscope.serve.uploads import Uploads
from lexiscope.serve.workers.call import Opening
from lexiscope.serve.workers.crew import Crew
from lexiscope.tasks import TASKS

_PAUSE = 10.0  # seconds between two looks whether another process has ended writing


@dataclass
class Site:
    """Models, corpus and everything that visitors leave.

    Args:
        models: Name -> model directory.
        crew: Workers of the models.
        corpus: Served corpus, open for reading; None where only uploads are asked about.
        config: What who runs the server chose.
        folder: Folder of the server's own, gone when it ends.
        table: Fields of all cases, by which lists are filtered.
        summary: Counts of everything in the corpus.
        audit: What splits share.
        studies: Cases as DICOM studies.
        predictions: What was said of cases.
        quiet: Whether anybody asks for anything.
    """

    models: Mapping[str, ModelDirectory]
    crew: Crew
    corpus: Corpus | None
    config: ServeConfig
    folder: Path
    table: Kept[CaseTable] = field(default_factory=lambda: Kept(CaseTable))
    summary: Kept[Summary] = field(default_factory=lambda: Kept(summarise))
    audit: Kept[AuditReport] = field(default_factory=lambda: Kept(audit_corpus))
    studies: Kept[Holdings] = field(default_factory=lambda: Kept(Holdings))
    predictions: KeptPredictions = field(default_factory=KeptPredictions)
    quiet: Quiet = field(default_factory=Quiet)

    def __post_init__(self) -> None:
        named = {model.path: name for name, model in self.models.items()}
        corpus = {} if self.corpus is None else {self.corpus.path: self.corpus.path.resolve().name}
        self.places = Places({**corpus, **named}, own=self.folder)
        self.jobs = Jobs(self.places)
        self.looks = Looks(self)
        self.uploads = Uploads(self.folder / "uploads", most=self.config.upload_mb * MIB)
        self.gallery = Gallery(self.corpus, self.folder / "pictures")
        self.results = Results(self.folder / "results")
        self._writing = Lock()
        self._look_again = math.inf  # when the corpus is opened anew, as corrections wait
        self._fingerprints: dict[tuple[str, str], str] = {}
        self._hashing = Lock()

    @classmethod
    def open(
        cls, models: Sequence[Path | str], *, corpus: Path | str | None, config: ServeConfig, warm: bool = True
    ) -> "Site":
        """Check the models and the corpus; the workers start with the server.

        Args:
            warm: Open all tasks before the first request.

        Raises:
            UsageError: no model, or two of one name.
            ModelError: a directory that holds no part of a model.
            CorpusError: no corpus there.
        """
        opened = None if corpus is None else Corpus.open(corpus)
        directories = _named(models)
        where = None if corpus is None else Path(corpus).resolve()
        url = config.index_url
        openings = {name: Opening(one.path.resolve(), where, warm, url) for name, one in directories.items()}
        crew = Crew(openings, queue=config.queue, patience_s=config.call_s)
        return cls(directories, crew, opened, config, own_folder())

    @property
    def cases(self) -> Corpus:
        """The corpus.

        Raises:
            NotFoundError: none is served.
        """
        if self.corpus is None:
            raise NotFoundError("expected a corpus, got none; start the server with --corpus")
        if monotonic() > self._look_again and self._writing.acquire(blocking=False):
            try:
                self._reopen(self.corpus)
            finally:
                self._writing.release()
        return self.corpus

    def fingerprint(self, model: str, task: str) -> str:
        """Fingerprint of the part of a model that a task reads; computed once, as a served model never changes.

        Raises:
            UsageError: no such task.
            ModelError: the model lacks the part.
        """
        return self.part_fingerprint(model, TASKS.load(task).part)

    def part_fingerprint(self, model: str, part: str) -> str:
        """As `fingerprint`, of a part; whoever asks for another one meanwhile waits.

        Raises:
            ModelError: the model lacks the part.
        """
        with self._hashing:
            if (model, part) not in self._fingerprints:
                self._fingerprints[model, part] = self.models[model].fingerprint_of(part)
            return self._fingerprints[model, part]

    @contextmanager
    def writing(self) -> Iterator[Corpus]:
        """Be the only thread that writes to the corpus while the block runs; requests that come after it read the new.

        An open corpus is never refreshed here: other threads read it, and end with the state that they began with.
        """
        corpus = self.cases
        with self._writing:
            yield corpus
            self._reopen(corpus)

    def _reopen(self, corpus: Corpus) -> None:
        self.corpus = opened = corpus.open_again()
        self.gallery.reopen(opened)
        waits = bool(opened.ledger.waiting(opened.revision))  # for another process that writes to the corpus
        self._look_again = monotonic() + _PAUSE if waits else math.inf


async def site_of(request: Request) -> Site:
    """The site of the server that answers; on the event loop, since a plain function would cost a thread."""
    site: Site = request.app.state.site
    return site


SiteOf = Annotated[Site, Depends(site_of)]


def _named(models: Sequence[Path | str]) -> dict[str, ModelDirectory]:
    if not models:
        raise UsageError("expected a model directory, got none; for example: lexiscope serve MODEL --corpus CORPUS")
    named: dict[str, ModelDirectory] = {}
    for path in models:
        directory = ModelDirectory.of(path)
        name = directory.path.resolve().name
        if name in named:
            raise UsageError(f"expected models of different names, got {name} twice; rename one directory")
        if not directory.parts():
            directory.part("joint")  # says what is expected, and the command that makes it
        named[name] = directory
    return named
