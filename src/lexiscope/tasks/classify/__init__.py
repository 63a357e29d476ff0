"""classify: the value of an attribute of a case, by a probe, by prompts or by evidential fusion."""
