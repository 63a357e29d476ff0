"""language: words from what is known, by rules or by a language model.

In: the texts, attributes and masks of cases. Out: passages and turns, each with its author, with the attributes that it
states or with the words that support it. `WRITERS` names what can be written (`lexiscope write NAME`),
`LANGUAGE_CLIENTS` the ways to a language model; nothing leaves the machine unless an endpoint is named.
"""

from lexiscope.core.catalog import Catalog

WRITERS = Catalog(
    "writer",
    {
        "captions": "lexiscope.language.captions.writer:CaptionWriter",
        "conversations": "lexiscope.language.conversations.writer:ConversationWriter",
    },
)

LANGUAGE_CLIENTS = Catalog(
    "language client",
    {
        "local": "lexiscope.language.clients.local:LocalClient",
        "endpoint": "lexiscope.language.clients.endpoint:EndpointClient",
    },
)
