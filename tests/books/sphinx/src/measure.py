"""What the book shows of the code beside it."""


def double(number: int) -> int:
    """Return twice a number."""
    return 2 * number
