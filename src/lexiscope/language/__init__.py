"""language: words from what is known.

In: the texts, attributes and masks of cases. Out: passages and turns, each with its author, with the attributes that it
states or with the words that support it. `INTERVIEWERS` names who asks and answers; nothing leaves the machine unless
an endpoint is named.
"""

from lexiscope.core.catalog import Catalog

INTERVIEWERS = Catalog("interviewer", {"template": "lexiscope.language.interviewer:TemplateInterviewer"})
