from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DingyuanPortalConfig(AppConfig):
    name = "dingyuan_portal"
    verbose_name = "定远县政务公开"

    def ready(self) -> None:
        from .roles import create_roles

        post_migrate.connect(create_roles, sender=self)
