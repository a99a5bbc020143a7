from django.apps import AppConfig, apps
from django.contrib.admin import apps as admin_apps
from django.db.models.signals import post_migrate


class DingyuanPortalConfig(AppConfig):
    name = "dingyuan_portal"
    verbose_name = "定远县政务公开"
    default = True

    def ready(self) -> None:
        from .roles import create_roles

        # Django sends the signal only for apps with models, so not for this one.
        post_migrate.connect(create_roles, sender=apps.get_app_config("disclosures"))


class PortalAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "dingyuan_portal.admin_site.PortalAdminSite"
