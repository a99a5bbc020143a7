"""From where an act is done: the client address that a signature and the ledger keep."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

_address: ContextVar[str | None] = ContextVar("client_address", default=None)


def client_address() -> str | None:
    """The address of the request under way; ``None`` outside one, as in a command."""
    return _address.get()


class ClientAddressMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = _address.set(settings.CLIENT_ADDRESS(request) or None)
        try:
            return self.get_response(request)
        finally:
            _address.reset(token)
