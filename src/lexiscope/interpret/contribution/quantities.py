"""Names of the numbers in the rows of `contribution`."""

SHAPLEY = "Shapley value"
SHAPLEY_ACCURACY = "SHAPE contribution"
BESIDE = "adds beside all others"
COOPERATION = "SHAPE cooperation"
PERCEPTUAL = "perceptual score"
MM_SHAP = "MM-SHAP share"
NOTHING, EVERYTHING = "score with nothing", "score with all inputs"

ALL = "all"  # cases or inputs that a row is about
