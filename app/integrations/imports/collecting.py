"""Python's search for circles of objects, made less often while a roster is in the memory."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: new objects after which the youngest are searched; Python's own number is 700
YOUNG = 20_000
#: how many are at it, and the numbers before the first of them
_at_it = 0
_before = gc.get_threshold()


@contextmanager
def seldom() -> Iterator[None]:
    """Search less often until the end of this.

    A roster is a million tuples, texts and ids, none of which is part of a circle. The search goes
    through all of them again and again, and took up to half of an import's time (measured), in
    which nobody else was answered, either. Memory does not grow by it. Imports may overlap: the
    last one to end puts the numbers back.
    """
    global _at_it, _before
    if not _at_it:
        _before = gc.get_threshold()
        gc.set_threshold(YOUNG, *_before[1:])
    _at_it += 1
    try:
        yield
    finally:
        _at_it -= 1
        if not _at_it:
            gc.set_threshold(*_before)
