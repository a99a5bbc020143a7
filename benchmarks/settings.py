"""The project's settings with the benchmarks' urls in front."""

from dingyuan_portal.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
