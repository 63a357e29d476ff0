"""`PretrainedParts`: the towers that pretraining left in a model directory, for aligning to go on from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lexiscope.core.errors import ModelError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.features.towers import fingerprint
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.encoder import Encoder
from lexiscope.models.published.space import PublishedSpace, load_published
from lexiscope.models.text import TextTower
from lexiscope.training.align.config import AlignConfig
from lexiscope.views import View

_OF_VIEWS = ("size", "slices", "grid", "spacing", "fit")


@dataclass(frozen=True)
class PretrainedParts:
    """Parts that pretraining left; each may be absent.

    Args:
        encoder: Image encoder; None where a tower was named or nothing was pretrained.
        views: Views of its images, of the modalities that are wanted.
        text: Text tower; None likewise.
        records: Part -> its record and its fingerprint, for the record of the aligned model.
        published: Published image-text model, in place of all parts.
    """

    encoder: Encoder | None = None
    views: Mapping[str, View] = field(default_factory=dict)
    text: TextTower | None = None
    records: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    published: PublishedSpace | None = None

    def origins(self) -> list[dict[str, str]]:
        """Origins of the weights, for the model card: each part's own origin, and the pretraining on top."""
        own = [
            {
                "name": f"{part} part",
                "layout": "lexiscope",
                "place": "this model directory",
                "origin": f"{record['verb']} --objective {record['objective']}, corpus {record['corpus'][:12]}",
                "licence": "that of the corpus",
            }
            for part, record in self.records.items()
        ]
        return [*(origin for record in self.records.values() for origin in record["weights"]), *own]

    def notes(self) -> list[str]:
        """Notes for the user: the parts that aligning starts from."""
        return [
            f"started from the {part} part of this model ({record['verb']} --objective {record['objective']})"
            for part, record in self.records.items()
        ]


def find_pretrained(model: ModelDirectory, config: AlignConfig) -> PretrainedParts:
    """The pretrained parts that `config` leaves room for: a tower that it names goes before them.

    Raises:
        UsageError: settings of views or modalities that the pretrained image part was not trained with.
        ModelError: a part is damaged.
    """
    takes_image = config.image is None and model.has("image")
    takes_text = config.text is None and model.has("text")
    encoder, text = model.encoder("image") if takes_image else None, model.text("text") if takes_text else None
    views = _wanted(model.views("image"), config) if takes_image else {}
    records = {}
    for part, module in (("image", encoder), ("text", text)):
        if module is not None:
            records[part] = _record(model, part) | {"fingerprint": fingerprint(module)}
    return PretrainedParts(encoder, views, text, records)


def take_published(corpus: Corpus, name: str, config: AlignConfig) -> PretrainedParts:
    """A published image-text model, with views that prepare images as its own were; settings of views go before these.

    Raises:
        WeightsError: no such image-text model.
        ViewError: a modality that no case has.
    """
    published = load_published(name, allow_download=config.allow_download)
    chosen = {view: getattr(config, view) for view in ("modalities", *_OF_VIEWS) if view in config.model_fields_set}
    return PretrainedParts(views=published.views(corpus, **chosen), published=published)


def _wanted(views: Mapping[str, View], config: AlignConfig) -> dict[str, View]:
    """The part's own views, of the modalities that the settings want."""
    wanted: Sequence[str] = config.modalities or tuple(views)
    unknown = [name for name in wanted if name not in views]
    if unknown:
        msg = f"the pretrained image part reads {', '.join(views)}, got {', '.join(unknown)}"
        raise UsageError(f"{msg}; pretrain with these modalities, or name another tower with --image")
    for name in _OF_VIEWS:
        view = next(iter(views.values()))
        given, own = getattr(config, name), getattr(view, name, None)
        if name in config.model_fields_set and own is not None and given != own:
            msg = f"the pretrained image part was trained with {name} {own}, got {given}"
            raise UsageError(f"{msg}; leave it out, pretrain with it, or name another tower with --image")
    return {name: views[name] for name in wanted}


def _record(model: ModelDirectory, part: str) -> dict[str, Any]:
    record = model.record(part)
    try:
        return {
            "verb": record["verb"],
            "objective": record["config"]["objective"],
            "corpus": record["corpus"],
            "trained_on": record["trained_on"],
            "weights": record["weights"],
            "run": record["run"],
        }
    except KeyError as error:
        msg = (
            f"the record of the {part} part of {model.path} lacks {error}; make it again with lexiscope train pretrain"
        )
        raise ModelError(msg) from error
