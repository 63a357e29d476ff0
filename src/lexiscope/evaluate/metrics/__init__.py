"""metrics: plain functions from scores and truths to numbers, each with the value that guessing would give."""
