"""The thin starters: HTTP and timers. They check what was asked, and start or show runs."""
