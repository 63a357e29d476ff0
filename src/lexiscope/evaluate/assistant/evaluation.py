"""`AssistantEvaluation`: free answers of an assistant, scored by a judge."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from lexiscope.core.settings import Settings
from lexiscope.evaluate.evaluation import EvaluationContext, OpenEvaluation, SettingsClass
from lexiscope.evaluate.judges.choose import DEFAULT, JudgeOptions


class AssistantOptions(Settings):
    """Choices of the evaluation of an assistant.

    Args:
        limit: Ask so many of the turns, each at every level of context, drawn by the seed evenly from every kind and
            level; left out, as many as the judge can score in reasonable time.
        judge: Judge that scores the answers: rules (offline), local or endpoint (a language model), or a judge that an
            installed package adds.
        judge_model: Name, directory or hub name of the language model that judges.
        url: Address of the judge's endpoint.
        key_env: Environment variable with the endpoint's key.
        prompts: Folder with your own words in place of ours: lexicon, rubric and wordings.
        kept: Folder in which a judge's completions are kept; left out, the corpus.
        allow_download: Fetch language models by hub name: the judge, and the assistant's own before it was tuned.
        sheet: Filled sheet to read, as a second judge.
        sheet_out: CSV sheet to write with the model's answers, to be judged by hand.
        wordings: Instructions around a yes-or-no question, each with "{question}"; left out, those of
            `prompt_variants.yaml`.
    """

    limit: int | None = Field(default=None, ge=1)
    judge: str = DEFAULT
    judge_model: str | None = None
    url: str | None = None
    key_env: str | None = None
    prompts: Path | None = None
    kept: Path | None = None
    allow_download: bool = False
    sheet: Path | None = None
    sheet_out: Path | None = None
    wordings: tuple[str, ...] = ()

    def judge_options(self, *, kept: Path) -> JudgeOptions:
        """Options of the judge.

        Args:
            kept: Folder for completions where none was chosen.
        """
        return JudgeOptions(
            model=self.judge_model,
            url=self.url,
            key_env=self.key_env,
            prompts=self.prompts,
            kept=self.kept or kept,
            allow_download=self.allow_download,
        )


class AssistantEvaluation:
    """Measure the free answers of an assistant by four scores, beside what needs no image."""

    name: ClassVar[str] = "assistant"
    Options: ClassVar[SettingsClass] = AssistantOptions
    sections: ClassVar[Mapping[str, str]] = {
        "turns": "Number of turns asked.",
        "of_turns": "Number of turns that the split has.",
        "contexts": "Levels of context at which each turn is asked.",
        "contexts_shortened": "Number of contexts that were longer than the language model reads.",
        "authors": "Who wrote the turns -> how many.",
        "taught_with_seed": "Seed that the assistant was trained with.",
        "left_out_baselines": "Baseline that could not be made -> why.",
        "similarity": "Likeness of free answers to their references: BLEU, ROUGE-L and token similarity.",
        "wordings": "Accuracy by wording of yes-or-no questions (https://arxiv.org/abs/2310.09036); null for too few.",
        "examples": "Some answers beside their references, with the judge's quality.",
        "judge": "Name of the main judge.",
        "judges": "Judge -> number of answers judged and not judged; metrics of those beside the main one.",
        "agreement": "Pairs of judges with kappa and rank correlation.",
        "sheet_lines": "Number of lines of the sheet that was written; null for none.",
    }
    near_spared: ClassVar[float] = 0.05
    rule: ClassVar[str] = (
        "Our own definitions; GlassLLaVA's prompts, rubrics and data are not public, and no number compares with its. "
        "Overall quality (0 to 100) and feature identification (1 none, 2 some, 3 most, 4 all and nothing wrong) are "
        "the judge's; the judge 'rules' compares what answer and reference state, by the lexicon that the template "
        "writer asks with. Defect accuracy: yes or no as in the reference. Context sensitivity: mean quality with full "
        "context less that with none, on the same questions. Scores count contexts that never hold the sentences that "
        "an answer rests on, nor others that name the same things; by_context has those as published beside them, "
        "which hold all, and so have all baselines: text_only as published shows what reading alone gives. Features "
        "are asked for by turns that list what is seen or describe it. Chance answers are drawn from those learned "
        "from, of the same kind of question. text_only is fitted on questions and, of their contexts, the sentence "
        "most like each; language_model_untuned reads the context and sees no image; "
        "shuffled_images sees the image of a case of another group. Intervals: 95 % bootstrap over groups."
    )

    @classmethod
    def open(cls, context: EvaluationContext, options: AssistantOptions) -> OpenEvaluation:
        """Load the assistant and the judge."""
        from lexiscope.evaluate.assistant.evaluate import OpenAssistant

        return OpenAssistant.open(context, options)
