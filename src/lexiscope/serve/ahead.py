"""`making_ahead`: the pictures that the grid of cases shows, made before anybody scrolls to them, while nobody asks."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from lexiscope.core.case import Case
from lexiscope.core.errors import LexiscopeError
from lexiscope.index.filter import Filter
from lexiscope.serve.gallery import Gallery
from lexiscope.serve.picture_process import PictureProcess
from lexiscope.serve.pictures.shown_file import ShownFile
from lexiscope.serve.site import Site

_MOST = 4096  # pictures: a few hundred megabytes in the server's own folder, and further than anybody scrolls at once
_OF_A_CASE = 4  # pictures that a card of the grid has room for
_CASES = 64  # that are read at a time


@asynccontextmanager
async def making_ahead(site: Site) -> AsyncIterator[None]:
    """Make pictures of the corpus, in the order of the grid, until there are enough or the context ends.

    Args:
        site: The running server; a picture that was begun is finished while somebody asks, with low priority.
    """
    task = asyncio.create_task(_make(site))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _make(site: Site) -> None:
    process = PictureProcess(site.gallery.folder)
    try:
        async for shown in _wanted(site):
            await site.quiet.wait()
            await process.make(shown)
            if not process.is_of_use:
                return
    finally:
        await process.end()


async def _wanted(site: Site) -> AsyncIterator[ShownFile]:
    """Files in the order in which the grid shows them, each once."""
    if site.corpus is None:
        return
    corpus, known = site.corpus, set[str]()
    table = await asyncio.to_thread(site.table.of, corpus)
    places = table.places(Filter(())).tolist()
    for start in range(0, len(places), _CASES):
        await site.quiet.wait()
        cases = await asyncio.to_thread(corpus.at, places[start : start + _CASES])
        for shown in await asyncio.to_thread(_files, site.gallery, cases, table.modalities, known):
            yield shown
        if len(known) >= _MOST:
            return


def _files(gallery: Gallery, cases: Iterable[Case], modalities: Iterable[str], known: set[str]) -> list[ShownFile]:
    files = []
    for case in cases:
        present = [case.images[name].content for name in modalities if name in case.images]
        for content in present[:_OF_A_CASE]:
            if content in known:
                continue
            known.add(content)
            try:
                files.append(gallery.find(content))
            except LexiscopeError:  # its file is gone; whoever looks at the case is told so
                continue
    return files
