"""Work that takes longer than a page: a management command in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import threading

from django.conf import settings
from django.core.management import call_command


def run(command: str, *arguments: str) -> None:
    """Start ``manage.py command arguments``, which tells the database how it fares.

    ``BACKGROUND_JOBS=inline`` does the work before this returns, as tests want it.
    """
    if settings.BACKGROUND_JOBS == "inline":
        call_command(command, *arguments)
        return
    manage = str(settings.BASE_DIR / "manage.py")
    process = subprocess.Popen(  # noqa: S603 - a command of ours; what it logs goes to our own log
        [sys.executable, manage, command, *arguments],
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    # Somebody has to ask how it ended, or it stays in the process table for ever.
    threading.Thread(target=process.wait, daemon=True).start()
