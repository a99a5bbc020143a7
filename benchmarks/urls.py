"""The project's urls and beside them a view that does nothing, to measure against."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def nothing(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("nothing/", nothing), path("", include("dingyuan_portal.urls"))]
