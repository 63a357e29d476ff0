"""clients: one interface to language models, on this machine or behind an endpoint, with a cache on disk."""
