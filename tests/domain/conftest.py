"""Settings of the property tests."""

from hypothesis import settings

# A busy machine is no defect.
settings.register_profile("windrow", deadline=None)
settings.load_profile("windrow")
