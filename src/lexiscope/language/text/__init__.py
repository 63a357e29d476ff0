"""text: reading what is written: sentences, terms, attributes, what supports an answer and what gives it away."""
