"""segment: masks measured against those that people drew; see `evaluation` for the rule."""
