"""How every test draws at random: by the seed alone (tests/support/seeds.py), also where Hypothesis sees that it runs in CI and
would draw by the names of the tests; and no clock decides."""

from hypothesis import settings

settings.register_profile("by the seed alone", derandomize=False, deadline=None, database=None)
settings.load_profile("by the seed alone")
