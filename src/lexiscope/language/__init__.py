"""language: words from what is known, by rules or by a language model.

In: the texts, attributes and masks of cases, and for instructions their images. Out: passages and turns, each with its
author, with the attributes that it states, the words that support it or the modalities it was written from. `WRITERS`
names what can be written (`lexiscope write NAME`), `INSTRUCTION_WRITERS` who writes instructions, `LANGUAGE_CLIENTS`
the ways to a language model; nothing leaves the machine unless an endpoint is named.
"""

from lexiscope.core.catalog import Catalog

WRITERS = Catalog(
    "writer",
    {
        "captions": "lexiscope.language.captions.writer:CaptionWriter",
        "conversations": "lexiscope.language.conversations.writer:ConversationWriter",
        "instructions": "lexiscope.language.instructions.writer:InstructionsOfCases",
    },
)

INSTRUCTION_WRITERS = Catalog(
    "instruction writer",
    {
        "measured": "lexiscope.language.instructions.by_measuring:Measured",
        "label-name": "lexiscope.language.instructions.by_name:LabelNames",
        "human": "lexiscope.language.instructions.by_human:Human",
        # An assistant is opened in the rooms above, which are never imported from here.
        "assistant": "lexiscope.tasks.describe_images:AssistantWriter",
    },
)

LANGUAGE_CLIENTS = Catalog(
    "language client",
    {
        "local": "lexiscope.language.clients.local:LocalClient",
        "endpoint": "lexiscope.language.clients.endpoint:EndpointClient",
    },
)
