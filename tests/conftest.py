from hypothesis import HealthCheck, settings

from tests import network

network.install()

# A slow machine is no failure, and a run that passed passes again.
settings.register_profile(
    "house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")
