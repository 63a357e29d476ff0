"""`start_model`: a model directory made of a published image-text model, without any training."""

from lexiscope.core.errors import UsageError
from lexiscope.core.record import RunRecord
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.published.space import load_published
from lexiscope.models.published.start_record import start_record, untrained_start


def start_model(model: ModelDirectory, corpus: Corpus, name: str, *, allow_download: bool = False) -> None:
    """Write the joint part of a model from a published one as it is; nothing where that was done before.

    Args:
        model: The model directory; made where it is not there.
        corpus: Corpus whose modalities it shall read.
        name: A directory in the layout of the hub, or a hub name.
        allow_download: Fetch a hub name from the network when it is nowhere on this machine.

    Raises:
        UsageError: the model has another joint part already.
        WeightsError: no such image-text model.
        ViewError: a corpus without images.
    """
    if model.has("joint"):
        if untrained_start(model.record("joint")) == name:
            return
        msg = f"expected a model without a joint part to start from {name!r}, got {model.path}, which has one"
        raise UsageError(f"{msg}; leave out --start, or name another directory")
    published = load_published(name, allow_download=allow_download)
    views = published.views(corpus)
    record = {
        **RunRecord("index --start", {"start": name}, corpus.version, 0).to_dict(),
        "trained_on": None,
        "start": start_record(name, 0.0),
        "metrics": {},
    }
    model.save_joint(published.joint_space(views), views=views, record=record)
