"""A text that only grows, read again and again: which of its lines are new."""


def news(before: list[str], now: list[str]) -> list[str]:
    """The lines of `now` that come after those of `before`, both being the end of one growing text."""
    for gone in range(len(before)):
        common = len(before) - gone
        if before[gone:] == now[:common]:
            return now[common:]
    return now
