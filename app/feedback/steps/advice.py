"""What makes an action step hard to see in a lesson: rules of thumb that advise and forbid nothing
(gate 14). They look at English words and at signs, and rather say nothing than something wrong."""

import re

_SENTENCES = re.compile(r"[.!?…]\s+\S|\S\s*\n\s*\S")
#: what strings one thing to the next: a list with a last "and", a semicolon, "and then"
_LIST = re.compile(r",[^.!?]*\b(?:and|or)\b|;\s*\S|\band then\b", re.IGNORECASE)
_AND = re.compile(r"\b(?:and|plus|as well as)\b", re.IGNORECASE)
#: what goes on in a head, which nobody sees from the back of a room
_UNSEEN = re.compile(
    r"^(?:to\s+)?(?:be|become|understand|know|learn|think|consider|remember|realise|realize|feel"
    r"|believe|appreciate|improve|try|focus)\b",
    re.IGNORECASE,
)


def advise(text: str) -> list[dict[str, str]]:
    """What could be better about the words of an action step."""
    words = text.strip()
    found = []
    if _SENTENCES.search(words):
        message = "It takes several sentences: one thing to do fits into one, the rest is practice."
        found.append({"code": "several_sentences", "message": message})
    if _LIST.search(words) or len(_AND.findall(words)) > 1:
        message = "It reads like several things at once: choose the one to practise first."
        found.append({"code": "several_behaviours", "message": message})
    if _UNSEEN.match(words):
        message = "It begins with what cannot be seen: say what somebody would see or hear."
        found.append({"code": "not_observable", "message": message})
    return found
