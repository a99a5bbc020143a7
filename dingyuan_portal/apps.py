from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.db.models.signals import post_migrate


class DingyuanPortalConfig(AppConfig):
    name = "dingyuan_portal"
    verbose_name = "定远县政务公开"
    default = True

    def ready(self) -> None:
        from .roles import create_roles

        post_migrate.connect(create_roles, sender=self)


class PortalAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "dingyuan_portal.admin_site.PortalAdminSite"
