"""A plugin for runs under test (`-p tests.rehearsal.no_page`): Allure's page, seconds of a processor, is not made.

All that it is made from is written as ever.
"""

from __future__ import annotations

from reports import html

html.make = lambda place: place / html.FILE
