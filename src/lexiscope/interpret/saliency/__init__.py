"""Where in its images a model looks, and which words it hears; with the checks that tell a map from an edge detector.

In: a `Subject` that `Differentiates` (or one that `MasksParts`, for words), and its cases. Out: a `Result`. `maps`
makes maps with captum, `rollout` follows attention, `sanity` asks by `shuffled_weights` and `agreement` whether a map
changes when the weights are shuffled, `pictures` draws, `words` hides words.
"""

from lexiscope.interpret.saliency.saliency import saliency

__all__ = ["saliency"]
