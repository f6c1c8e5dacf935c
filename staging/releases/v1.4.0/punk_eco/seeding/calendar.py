"""The years in which the seeded shop was in business."""

import random
from datetime import UTC, datetime, timedelta

OPENING = datetime(2024, 9, 16, 8, tzinfo=UTC)
DAYS_OPEN = 520


def some_moment(chance: random.Random) -> datetime:
    """Return a moment since the opening, to the second."""
    return OPENING + timedelta(days=chance.randrange(DAYS_OPEN), seconds=chance.randrange(12 * 3600))
