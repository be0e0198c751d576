"""Property tests on a machine that is busy with other tests: no example is too slow by itself."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "windrow", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("windrow")
