"""What each input adds to what a model is worth, case by case and over all of them.

In: a `Subject` and its cases. Out: a `Result` with Shapley values (`shapley`, `sampled` beyond ten inputs), SHAPE's
contribution and cooperation (`shape`), perceptual scores and MM-SHAP shares (`shares`), side by side for every way of
taking an input away. `table` asks the model, `contribution` wires, `wording` draws and says what intervals support.
"""

from lexiscope.interpret.contribution.contribution import case_contributions, contribution

__all__ = ["case_contributions", "contribution"]
