"""`credits_others`: words of captions and credit lines that say that a picture is not the authors' own."""

import re

_TARGET = r"(?=\[|\(?ref(?:erence|s|\.)?\b|\w+ et al\b|[A-Z]\w+ (?:and|&) [A-Z])"  # a work by others
_NAME = r"(?-i:[A-ZÀ-Þ])"
_OWN = r"(?:(?:the |die |los |os |gli )?aut(?:h?or(?:s|es|en|i)?)\b|own\b|eigene|propia|elabora\w+ pr[oó]pri?a)"
_CREDITS = re.compile(
    r"\b(?:reproduced|reprinted|republished|reproduit\w*|reproducid\w*|reproduzid\w*|riprodott\w*"
    r"|adapted (?:with|from|by)|permissions?|copyright(?:ed)?|courtesy of)\b"
    r"|\b(?:mit|durch)\b.{0,40}\bgenehmigung\b|\bcon permiso\b|\bcom permissão\b|\bper gentile concessione\b"
    rf"|\b(?:modified|redrawn|re-?used|extracted|adapted) (?:from|after) {_TARGET}"
    r"|(?:,|\(|\b(?:figures?|images?|micrographs?|photos?|photographs?|pictures?|drawings?|maps?)) (?:taken )?from "
    rf"{_TARGET}"
    r"|\b(?:used )?under licen[cs]e from\b|\blicensed from\b"
    r"|\b(?:image|photo(?:graph)?|picture|figure|illustration)s? credits?:(?!\s*(?:the )?authors?\b)"
    r"|(?:^|[.;(]\s*)sources?:(?!\s*(?:the )?(?:authors?|own)\b)"
    rf"|(?:^|[.;(]\s*)(?:photos?|photographs?|fotos?|quelle|fuente|fonte):(?!\s*{_OWN})"
    rf"|\bafter {_NAME}\w+(?: et al\.?| (?:and|&) {_NAME}\w+)?,? \(?\d{{4}}\b"
    rf"|\b(?:repris|tiré|extrait|adapté|modifié)e?s? (?:de|d['’]après) {_NAME}|\bd['’]après {_NAME}"
    rf"|\b(?:tomad|adaptad|modificad|extraíd|retirad)[oa]s? d(?:el?|[ao]) {_NAME}"
    rf"|\b(?:tratt|adattat|modificat)[oa] da {_NAME}"
    rf"|\b(?:abbildung|bild|foto) aus {_NAME}|\b(?:verändert|modifiziert|umgezeichnet) nach {_NAME}"
    r"|\b(?:wikimedia|shutterstock|istock|getty images|adobe stock|flickr|google (?:earth|maps))\b"
    r"|图片来源|改编自|引自|转载自|出典|より引用|より転載|を改変"
    r"|©|\(c\)\s*\d{4}",
    re.IGNORECASE,
)


def credits_others(text: str) -> bool:
    """True for a caption or a credit line that credits others, in the languages that captions are read in.

    Example:
        >>> credits_others("An oven, modified from [3]."), credits_others("Parameters taken from [3].")
        (True, False)
        >>> credits_others("Cells adapted to heat."), credits_others("Ofen, mit Genehmigung von Example Press.")
        (False, True)
        >>> credits_others("Bubbles, after Smith and Jones (2001)."), credits_others("Bubbles after 3 h (2001 cycles).")
        (True, False)
    """
    return _CREDITS.search(text) is not None
