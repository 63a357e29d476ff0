"""language: words from what is known, by rules or through one door to language models.

In: the texts, attributes and masks of cases. Out: passages and turns, each with its author, with the attributes that it
states or with the words that support it. `LANGUAGE_CLIENTS` names the ways to a language model; nothing leaves the
machine unless an endpoint is named.
"""

from lexiscope.core.catalog import Catalog

LANGUAGE_CLIENTS = Catalog(
    "door",
    {
        "local": "lexiscope.language.clients.local:LocalClient",
        "endpoint": "lexiscope.language.clients.endpoint:EndpointClient",
    },
)
