"""XML from untrusted input: no entities, no DTD, no network, no huge trees."""

from lxml import etree


def safe_parser() -> etree.XMLParser:
    """A parser that expands no entity, loads no DTD, opens no connection and keeps libxml2's limits on depth and size.

    A DOCTYPE itself is legal (JATS files carry one); what it declares is never fetched or expanded.
    """
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
    )
