"""What holds for every test: no exchange leaves its request behind."""

import pytest

# Other folders use the doors of the contract too: whichever is collected first, their assertions explain themselves.
pytest.register_assert_rewrite("contract_cases", "contract_doors")


@pytest.fixture(autouse=True)
def _no_request_left():
    """A test ends with the context it began with: whoever enters a request leaves it."""
    from demijohn.foundation.current import request_context

    assert request_context.get(None) is None, "an earlier test left its request in the context"
    yield
    assert request_context.get(None) is None, "this test left its request in the context"
