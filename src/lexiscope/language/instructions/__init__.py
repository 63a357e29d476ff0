"""instructions: for each case and structure, sentences that say what to look for in its images."""
