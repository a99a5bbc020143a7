"""Signing in: Django's way, for as long as the account's term runs."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.utils import timezone

from .models import in_force


class TermBackend(ModelBackend):
    """The session of an account that has ended is one of nobody, from midnight on."""

    def user_can_authenticate(self, user: Any) -> bool:
        lasts = User.objects.filter(in_force(timezone.localdate()), pk=user.pk)
        return super().user_can_authenticate(user) and lasts.exists()

    def get_user(self, user_id: int) -> User | None:
        lasting = User.objects.filter(in_force(timezone.localdate()), is_active=True)
        return lasting.select_related("account_term").filter(pk=user_id).first()
