"""security: who may ask what, how much, and what a browser may do with the answers.

In: every request, before a route sees it. Out: the same request with who asks, or a problem. `protect` puts the layers
before the routes, from the outside in: headers, audit log, names of the host, tokens and rights, sizes of bodies.
"""

from lexiscope.serve.security.protect import protect

__all__ = ["protect"]
