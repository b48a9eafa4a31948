"""Journeys: stories of both shops through the public HTTP API only, to the minute and the centavo."""

import pytest

pytest.register_assert_rewrite("tests.journeys.stories", "tests.journeys.stories_promises")
