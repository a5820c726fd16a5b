"""Settings shared by all tests."""

from hypothesis import settings

# The same examples in every run, and no deadline: a busy machine must not turn a right program into a failure.
settings.register_profile("feyn_nn", deadline=None, derandomize=True)
settings.load_profile("feyn_nn")
