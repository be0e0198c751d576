"""The app over a lake in memory and a scores database of its own."""

from tests.streams.app_fixtures import known, lake

__all__ = ["known", "lake"]
