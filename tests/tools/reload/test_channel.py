"""What parent and child tell each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from demijohn.tools.reload.channel import Channel

VALUES = st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=10)
NAMES = st.text("abcdefgh_", min_size=1, max_size=5)


@given(st.lists(st.dictionaries(NAMES, VALUES), min_size=1, max_size=5))
def test_messages_arrive_whole_and_in_order(messages):
    """Whatever is in them, line breaks included."""
    here, there = Channel.pair()
    other = Channel(there)
    for message in messages:
        here.send(**message)
    here.close()
    assert list(other) == messages
    other.close()


def test_the_end_is_noticed_and_sending_to_nobody_is_no_error():
    """However the other process went."""
    here, there = Channel.pair()
    there.close()
    here.send(anything=1)
    here.send(anything=2)
    assert here.read() is None
    here.close()
