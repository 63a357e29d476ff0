"""`lexiscope corpus info`: counts of a corpus."""

from lexiscope.cli.corpus.report import flat
from lexiscope.cli.groups import single
from lexiscope.cli.options import CorpusPath, Json
from lexiscope.cli.output import print_json, print_table


def info(path: CorpusPath, *, json: Json = False) -> None:
    """Count what a corpus holds: cases, groups, images, missing modalities, texts, splits, licences."""
    from lexiscope.corpus.store import Corpus
    from lexiscope.corpus.summary import summarise

    summary = summarise(Corpus.open(path)).to_dict()
    if json:
        print_json(summary)
        return
    structures = summary.pop("structures")
    rows = [(name.replace("_", " "), flat(value)) for name, value in summary.items()]
    rows += [(f"structure {name}", flat(counts)) for name, counts in structures.items()]
    print_table(str(path), ["what", "how many"], rows)


app = single(info)
