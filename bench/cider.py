"""How far CIDEr-D and ROUGE-L are from the packages of their authors, on captions of random words.

pip install pycocoevalcap==1.2 rouge-score==0.1.2 && python bench/cider.py   # 2 s
"""

import numpy as np
from pycocoevalcap.cider.cider import Cider
from rouge_score.rouge_scorer import RougeScorer

from lexiscope.corpus.wording import normalise
from lexiscope.evaluate.metrics.captions import cider, rouge_l

_WORDS = "a the red green disc cross on in of two 3d crack's grain-size Al2O3 bright dark region near edge"


def _text(draw: np.random.Generator) -> str:
    return " ".join(draw.choice(_WORDS.split(), size=draw.integers(0, 25)))


def main() -> None:
    """Print the largest difference of each over 300 items with one to five references."""
    draw = np.random.default_rng(0)
    captions = [_text(draw) for _ in range(300)]
    references = [[_text(draw) for _ in range(draw.integers(1, 6))] for _ in captions]
    given = {row: [normalise(text)] for row, text in enumerate(captions)}
    true = {row: [normalise(text) for text in texts] for row, texts in enumerate(references)}
    theirs = Cider().compute_score(true, given)[1]
    apart = np.abs(cider(captions, references) - theirs).max()
    print(f"CIDEr-D: {apart:.1e} of 10 apart, mean {np.mean(theirs):.3f}")
    scorer = RougeScorer(["rougeL"])
    best = [
        scorer.score_multi(texts, text)["rougeL"].fmeasure for texts, text in zip(references, captions, strict=True)
    ]
    print(f"ROUGE-L: {np.abs(rouge_l(captions, references) - best).max():.1e} of 1 apart, mean {np.mean(best):.3f}")


if __name__ == "__main__":
    main()
