"""text: reading of the texts of a case: sentences, terms, attributes, support of answers and their leakage."""
