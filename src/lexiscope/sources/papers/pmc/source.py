"""`PmcSource`: articles of PubMed Central, downloaded into a folder and read from there."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, ClassVar

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.core.settings import Flag
from lexiscope.sources.draft import Draft, Rejected
from lexiscope.sources.papers.jats import JatsSource
from lexiscope.sources.papers.pmc.client import Client
from lexiscope.sources.papers.pmc.cloud import CLOUD, EUTILS, fetch_article, find_articles, is_complete
from lexiscope.sources.steady import read_input

_ID = re.compile(r"PMC\d{1,12}")
_KEY = "NCBI_API_KEY"  # environment variable; with a key NCBI allows ten requests a second instead of three


@dataclass(frozen=True, slots=True)
class PmcSource:
    """One case a figure of open-access articles of PubMed Central, by id or by query.

    Args:
        path: Download folder; what it holds whole is not fetched again, so a stopped run goes on.
        ids: Article of PubMed Central, such as PMC7198556, or a file that names one a line.
        query: Search in PMC's language, such as "scanning electron microscopy[abstract] AND glass"; SOURCE is then the
            download folder.
        limit: Largest number of articles that a query brings.
        allow_download: Permit downloads from PMC; without it only what the download folder holds is read.
        licence: Licence of cases that state none.
        panels: Cut each figure into the panels that its caption names, and make every panel a case of its own.
        scale_bars: Read the scale bars of figures for the size of a pixel; needs the extra `ocr`.
        cloud: Address of PMC's cloud service, or of a mirror.
        eutils: Address of NCBI's E-utilities, or of a mirror.
    """

    name: ClassVar[str] = "pmc"
    reads_path: ClassVar[bool] = False

    path: Path
    ids: Annotated[tuple[str, ...], Flag("--id")] = field(default=(), kw_only=True)
    query: str | None = field(default=None, kw_only=True)
    limit: int = field(default=100, kw_only=True)
    allow_download: bool = field(default=False, kw_only=True)
    licence: str = field(default="unknown", kw_only=True)
    panels: bool = field(default=False, kw_only=True)
    scale_bars: bool = field(default=False, kw_only=True)
    cloud: str = field(default=CLOUD, kw_only=True)
    eutils: str = field(default=EUTILS, kw_only=True)

    @staticmethod
    def detect(path: Path) -> bool:  # noqa: ARG004
        """Never: a folder of downloaded articles is read as `jats`."""
        return False

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft a figure, articles in the order of the ids, then of the query.

        Raises:
            UsageError: neither ids nor a query, an id that is none, or a download that was not allowed.
        """
        if not self.ids and not self.query:
            raise UsageError("expected articles to harvest, got none; give ids such as PMC7198556, or a query")
        wanted = list(dict.fromkeys(_read_ids(self.ids)))
        missing = [pmcid for pmcid in wanted if not is_complete(self.path / pmcid)]
        if not self.allow_download and (missing or self.query):
            what = f"{len(missing)} articles are not in {self.path}" if missing else "a query asks PMC's server"
            raise UsageError(f"{what}, and the network is used only when asked; pass --allow-download")
        return self._drafts(wanted)

    def _drafts(self, wanted: list[str]) -> Iterator[Draft | Rejected]:
        key = os.environ.get(_KEY, "")
        client = Client(per_second=10.0 if key else 3.0)
        if self.query:
            try:
                wanted += find_articles(client, self.query, limit=self.limit, eutils=self.eutils, key=key)
            except SourceError as error:
                yield Rejected(f"query {self.query}", str(error), error.remedy)
        for pmcid in dict.fromkeys(wanted):
            folder = self.path / pmcid
            try:
                if self.allow_download:
                    fetch_article(client, pmcid, folder, cloud=self.cloud, eutils=self.eutils, key=key)
            except SourceError as error:
                yield Rejected(pmcid, str(error), error.remedy)
                continue
            yield from map(_as_pmc, self._articles(folder))

    def _articles(self, folder: Path) -> Iterator[Draft | Rejected]:
        return JatsSource(folder, licence=self.licence, panels=self.panels, scale_bars=self.scale_bars).drafts()


def _as_pmc(draft: Draft | Rejected) -> Draft | Rejected:
    if isinstance(draft, Rejected):
        return draft
    return replace(draft, provenance=replace(draft.provenance, source=PmcSource.name))


def _read_ids(given: tuple[str, ...]) -> Iterator[str]:
    """Ids as given, and those of files that name one a line."""
    for word in given:
        if _ID.fullmatch(word):
            yield word
            continue
        if not Path(word).is_file():
            msg = f"expected an id such as PMC7198556 or a file with one a line, got {word!r}"
            raise UsageError(msg)
        lines = read_input(Path(word)).decode("utf-8").split()
        for line in lines:
            if not _ID.fullmatch(line):
                raise UsageError(f"expected an id such as PMC7198556 on every line of {word}, got {line[:40]!r}")
            yield line
