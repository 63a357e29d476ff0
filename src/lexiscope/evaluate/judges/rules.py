"""`RulesJudge`: scores by what is stated, offline and always the same; see `metrics.assistant` for the rubric."""

from collections.abc import Sequence

from lexiscope.core.progress import Progress
from lexiscope.evaluate.judges.choose import JudgeOptions
from lexiscope.evaluate.judges.judge import Judge, JudgedAnswer, JudgeScore
from lexiscope.evaluate.metrics.assistant import AnswerClaims, feature_score, quality
from lexiscope.evaluate.metrics.captions import rouge_l
from lexiscope.language.text.lexicon import Lexicon


class RulesJudge:
    """Scores by rules; the same answer is scored once.

    Args:
        lexicon: Words for what images can show; the template writer asks with the same, and it judges nothing else.
    """

    name = "rules"
    author: str | None = None
    draws = 20
    limit = 120

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._known: dict[JudgedAnswer, JudgeScore] = {}

    def scores(self, answers: Sequence[JudgedAnswer], *, progress: Progress | None = None) -> list[JudgeScore | None]:
        """One score for each, in their order."""
        new = [judged for judged in dict.fromkeys(answers) if judged not in self._known]
        likeness = rouge_l([one.answer for one in new], [[one.reference] for one in new])
        for done, (judged, rouge) in enumerate(zip(new, likeness, strict=True), start=1):
            self._known[judged] = self._score(judged, float(rouge))
            if progress:
                progress(done, len(new), "answers judged")
        return [self._known[judged] for judged in answers]

    def _score(self, one: JudgedAnswer, rouge: float) -> JudgeScore:
        said = AnswerClaims(one.question, one.answer, one.reference, one.texts)
        features = feature_score(said, self._lexicon) if one.features else None
        return JudgeScore(quality(said, self._lexicon, rouge=rouge), features)


def open_rules(options: JudgeOptions) -> Judge:
    """By rules, with the lexicon of the user's folder of words or of lexiscope."""
    options.require_none("rules")
    return RulesJudge(Lexicon.load(options.prompts))
