"""What stops a conversion of colours."""


class UnconvertibleError(ValueError):
    """Something whose colours nobody can know for certain: its message says what it is."""
