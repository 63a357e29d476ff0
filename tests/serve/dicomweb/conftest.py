"""A corpus made of DICOM, served on loopback, and what it was made of."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest


@contextmanager
def running(app: Any) -> Iterator[str]:
    """An application behind a real server on a free port of loopback; its address."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="session")
def run_server() -> Callable[[Any], Any]:
    """`running`, for tests that bring a server of their own."""
    return running


@pytest.fixture(scope="session")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Corpus of a study of five oblique slices and one picture in colours, and the slices as they were."""
    from lexiscope.corpus import Corpus
    from lexiscope.corpus.build import build_corpus
    from lexiscope.sources.scans.dicom import DicomSource
    from lexiscope.testing.dicom import Scanner

    folder = tmp_path_factory.mktemp("scanned")
    scanner = Scanner(folder / "dicom")
    rng = np.random.default_rng(0)
    cosine, sine = np.cos(0.3), np.sin(0.3)
    upright = np.array([0.0, -sine, cosine])
    slices = []
    for number in range(5):
        position = np.array([10.0, 20.0, 30.0]) + 3.0 * number * upright
        pixels = rng.integers(-1000, 2000, (9, 7), dtype=np.int16)
        tilted = {
            "ImagePositionPatient": position.tolist(),
            "ImageOrientationPatient": [1, 0, 0, 0, cosine, sine],
            "SeriesDescription": "ax T2 FLAIR",
        }
        slices.append(scanner.slice(f"a/{number}", pixels, z=0.0, series="1.2.3", number=number + 1, **tilted))
    colours = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
    scanner.slice("b/0", colours, z=None, series="1.2.4", Modality="US")
    build_corpus(folder / "corpus", DicomSource(folder / "dicom"))
    return Corpus.open(folder / "corpus"), slices, colours


@pytest.fixture(scope="session")
def site_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], Any]:
    """The site of a corpus, without a model."""
    from lexiscope.serve.config import ServeConfig
    from lexiscope.serve.site import Site
    from lexiscope.serve.workers.crew import Crew

    return lambda corpus: Site({}, Crew({}, queue=1), corpus, ServeConfig(port=0), tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def archive(scanned: Any, site_of: Any) -> Iterator[Any]:
    """A DICOMweb client of the served corpus."""
    from dicomweb_client.api import DICOMwebClient

    from lexiscope.serve.app import create_app

    with running(create_app(site_of(scanned[0]))) as url:
        yield DICOMwebClient(f"{url}/dicomweb")
