from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(_request: HttpRequest) -> dict[str, Any]:
    """What header and footer say about the site and who runs it."""
    return {"site": settings.SITE}
