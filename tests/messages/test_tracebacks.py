"""Tracebacks as people read them: the last frame of the book's own code, then what was raised."""

from toolchain.messages.tracebacks import short

HEAD = "-" * 75 + "\nURLError                                  Traceback (most recent call last)\n"
CELL = 'Cell In[1], line 2\n      1 import urllib.request\n----> 2 urlopen("http://x")\n'
LIBRARY = "\nFile /usr/lib/python3.11/urllib/request.py:{n}, in f()\n    1 a\n--> 2 b\n"
OWN = "\nFile /tmp/toolchain-run.abc/project/book/helper.py:5, in f()\n----> 5 g()\n"
RAISED = "\nURLError: <urlopen error>\nits second line"
CAUSE = (
    HEAD
    + "".join(LIBRARY.format(n=n) for n in range(3)).lstrip()
    + "\nOSError: no\n\nDuring handling of the above exception, another exception occurred:\n\n"
)


def shown(traceback: str) -> str:
    return "\n".join(short(traceback))


def test_of_frames_the_last_one_of_the_book_is_shown() -> None:
    libraries = "".join(LIBRARY.format(n=n) for n in range(20))

    assert (
        shown(CAUSE + HEAD + CELL + libraries + RAISED)
        == f"{CELL}      ... 23 more in _build/failed\n{RAISED}"
    )
    assert shown(HEAD + CELL + OWN + libraries + RAISED) == (
        "File book/helper.py:5, in f()\n----> 5 g()\n      ... 21 more in _build/failed\n" + RAISED
    )


def test_a_short_one_stays_as_it_is_and_of_another_kind_the_end_is_shown() -> None:
    syntax = "  Cell In[1], line 1\n    x =\n       ^\nSyntaxError: invalid syntax"
    of_r = "\n".join(f"{n}. stop()" for n in range(50))

    assert shown(syntax) == syntax
    assert shown(HEAD + CELL + RAISED) == HEAD + CELL + RAISED
    assert shown(of_r).splitlines() == [f"{n}. stop()" for n in range(38, 50)]
    assert shown("") == ""


def test_what_was_raised_is_not_shown_without_end() -> None:
    long = HEAD + CELL + LIBRARY.format(n=1) * 9 + "\nValueError: 0\n" + "\n".join(map(str, range(1, 500)))

    assert len(shown(long).splitlines()) < 20
