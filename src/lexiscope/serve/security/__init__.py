"""security: who may ask what, and what a browser may do with the answers.

`protect` puts everything before the routes: names of the host, headers, tokens, limits.
"""

from lexiscope.serve.security.protect import protect

__all__ = ["protect"]
