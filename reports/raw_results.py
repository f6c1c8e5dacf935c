"""Keeps secrets out of what allure-pytest writes while a run goes on: a run that is killed leaves that as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import allure_commons
import pytest


class Masking:
    """Comes before whoever writes a result."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        self.mask = mask

    @allure_commons.hookimpl(tryfirst=True)
    def report_result(self, result: Any) -> None:
        """Take the secrets out of why a test failed, and out of its parameters."""
        details = result.statusDetails
        for name in ("message", "trace"):
            if details is not None and getattr(details, name):
                setattr(details, name, self.mask(getattr(details, name)))
        for parameter in result.parameters:
            parameter.value = self.mask(str(parameter.value))


def mask(config: pytest.Config, text: Callable[[str], str]) -> None:
    """Have results masked as they are written; what tests print is not attached, as it goes to a file unread."""
    masking = Masking(text)
    config.option.attach_capture = False
    allure_commons.plugin_manager.register(masking)
    config.add_cleanup(lambda: allure_commons.plugin_manager.unregister(masking))
