"""`KeptTokenMaps`: what a segmenter's frozen tower says of the images of a corpus, computed once and kept on disk."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from lexiscope.core.case import Case
from lexiscope.core.files import sha256_json, write_beside
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.features.processes import process_state
from lexiscope.features.towers import feature_folder, fingerprint
from lexiscope.models.segmenter.segmenter import Segmenter
from lexiscope.models.segmenter.token_map import TokenMap
from lexiscope.models.segmenter.trunk import TowerTrunk
from lexiscope.views.case_store import CaseStore


class KeptTokenMaps:
    """Token maps, one file an image, named by all that decides them; a later run, or one that was killed, goes on.

    Args:
        segmenter: Segmenter whose tower reads.
        corpus: Corpus that holds the files; the maps lie in its `.features/`.
        store: Prepared cases; of their contents nothing may change while this is in use.
    """

    def __init__(self, segmenter: Segmenter, corpus: Corpus, store: CaseStore) -> None:
        self.segmenter = segmenter
        self.corpus = corpus
        self.store = store
        self._places: dict[tuple[str, str], tuple[Path, tuple[int, ...]]] = {}

    def fill(self, cases: Sequence[Case], *, progress: Progress | None = None) -> None:
        """Compute what is missing, this process's share of it.

        Args:
            cases: Cases whose images are read.
            progress: Called after each case.
        """
        if not self.segmenter.keeps_tokens:
            return
        together = process_state()
        mine = cases[together.process_index :: together.num_processes]
        for number, case in enumerate(mine, start=1):
            self.of(case)
            if progress is not None:
                progress(number, len(mine), "cases seen by the frozen tower")
        together.wait_for_everyone()

    def of(self, case: Case) -> dict[str, TokenMap]:
        """Modality -> the map of a case's image, mapped into memory; nothing without a tower."""
        if not self.segmenter.keeps_tokens:
            return {}
        named = [name for name in case.images if name in self.store.grid.channels]
        return {name: self._kept(case, name) for name in named}

    def _kept(self, case: Case, modality: str) -> TokenMap:
        if (case.id, modality) not in self._places:
            self._places[case.id, modality] = self._place(case, modality)
        path, shape = self._places[case.id, modality]
        if not path.exists():
            made = self.segmenter.token_map(self.store.get(case, tuple(case.masks)).images[modality])
            assert made is not None
            with write_beside(path) as part, part.open("wb") as stream:
                np.save(stream, made.values)
        return TokenMap.of(np.load(path, mmap_mode="r", allow_pickle=False), shape, self._trunk)

    def _place(self, case: Case, modality: str) -> tuple[Path, tuple[int, ...]]:
        """File of a map, and the shape of the prepared image; rows of a training ask again and again."""
        contents = sorted((name, image.content) for name, image in (*case.images.items(), *case.masks.items()))
        path = self._folder / f"{sha256_json([modality, contents])[:32]}.npy"  # the grid may be another image's
        return path, self.store.get(case, tuple(case.masks)).shape

    @property
    def _trunk(self) -> TowerTrunk:
        trunk = self.segmenter.trunk
        assert isinstance(trunk, TowerTrunk)
        return trunk

    @cached_property
    def _folder(self) -> Path:
        trunk = self._trunk
        assert trunk.tower is not None
        reads = {"levels": trunk.levels, "size": trunk.size, "tile": trunk.tile, "squeeze": trunk.squeeze}
        tower = {"segmenter tower": fingerprint(trunk.tower), **reads, "grid": self.store.grid.key}
        folder = feature_folder(self.corpus, tower)
        folder.mkdir(parents=True, exist_ok=True)
        return folder
