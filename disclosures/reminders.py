"""Reminders by e-mail: how many things wait, and where. Nothing of what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.urls import reverse

from . import workbench
from .models import Duty, Reminder

if TYPE_CHECKING:
    from datetime import date


def people() -> Iterator[User]:
    """Everybody with a duty today, own or handed over."""
    holders = Duty.objects.in_force().values("user")
    deputies = Duty.objects.in_force().values("handovers__deputy")
    found = User.objects.filter(pk__in=holders) | User.objects.filter(pk__in=deputies)
    yield from found.filter(is_active=True).distinct().order_by("pk")


def message_for(person: User, base_url: str) -> EmailMessage | None:
    """The mail, or ``None`` when nothing waits for ``person``.

    Titles may be confidential before they are public, so only counts and links go out.
    """
    waiting = [section for section in workbench.sections(person) if section.count]
    urgent = [section for section in waiting if section.title not in {"我的草稿", "待发布"}]
    if not urgent:
        return None
    lines = [f"{person.get_full_name() or person.get_username()}:您好。", ""]
    lines += [f"{section.title} {section.count} 件  {base_url}{section.more}" for section in urgent]
    lines += [
        "",
        f"工作台:{base_url}{reverse('admin:index')}",
        "",
        "本邮件由系统自动发送,每天最多一封;内容请登录后查看。",
    ]
    count = sum(section.count for section in urgent)
    return EmailMessage(
        f"{settings.SITE['name']}:有{count}件事项等您处理", "\n".join(lines), to=[person.email]
    )


def send(person: User, day: date, base_url: str) -> bool:
    """Send today's reminder unless it has been sent; whether one went out.

    A mailbox that refuses the mail is tried again by the next run.
    """
    message = message_for(person, base_url)
    if message is None:
        return False
    # Noted first and in a transaction of its own: a slow mail server must not hold up writers, and
    # two runs at once send one mail.
    reminder, is_new = Reminder.objects.get_or_create(person=person, day=day)
    if is_new:
        try:
            message.send()
        except Exception:
            reminder.delete()
            raise
    return is_new
