"""So many files an hour for a visitor: each download is a row that the ledger keeps for ever."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import wraps
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

LIMIT = 30
PERIOD = 60 * 60

View = Callable[..., HttpResponseBase]


def throttled(view: View) -> View:
    """Answer visitors who took their share with 429; staff, whom the ledger names, are let in.

    All views with it count together. Without a cache that the processes share (``CACHE_URL``) each
    process counts for itself.
    """

    @wraps(view)
    def counting(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated and (wait := _seconds_to_wait(request)):
            context = {"limit": LIMIT, "minutes": math.ceil(wait / 60)}
            response = render(request, "429.html", context, status=429)
            response["Retry-After"] = str(wait)
            return response
        return view(request, *args, **kwargs)

    return counting


def _seconds_to_wait(request: HttpRequest) -> int:
    """Count this request; 0 while there are not too many of them."""
    window, elapsed = divmod(int(time.time()), PERIOD)
    key = f"throttle:{window}:{_client(request)}"
    cache.add(key, 0, PERIOD)
    try:
        taken = cache.incr(key)
    except ValueError:  # dropped by a full cache in between
        taken = 1
    return PERIOD - elapsed if taken > LIMIT else 0


def _client(request: HttpRequest) -> str:
    """The address; of IPv6 the network, for a subscriber has 2⁶⁴ addresses to choose from."""
    text = settings.CLIENT_ADDRESS(request)
    try:
        address = ip_address(text)
    except ValueError:
        return "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False).network_address)
