"""Topics: what is written can be read back, and nothing else is taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import topics
from protocol.errors import TopicError
from protocol.ids import ID_PATTERN

STATIONS = st.from_regex(ID_PATTERN, fullmatch=True)


@given(STATIONS)
def test_every_topic_is_read_back(station: str) -> None:
    assert topics.parse(topics.state(station)) == (station, "state")
    assert topics.parse(topics.batch(station)) == (station, "up/batch")
    assert topics.parse(topics.ack(station)) == (station, "down/ack")


@given(st.text())
def test_any_other_text_is_refused_with_a_code(text: str) -> None:
    with pytest.raises(TopicError) as caught:
        topics.parse(text)
    assert caught.value.code in {"topic_unknown", "station_name"}


@pytest.mark.parametrize(
    "topic",
    ["yz/2/a/state", "yz/1/A/state", "yz/1/-a/state", "yz/1//state", "yz/1/a/up", "yz/1/+/state"],
)
def test_near_misses_are_refused(topic: str) -> None:
    with pytest.raises(TopicError):
        topics.parse(topic)
