from django.urls import path

from . import views

app_name = "services"

urlpatterns = [
    path("", views.ServiceListView.as_view(), name="index"),
    path("<str:code>/", views.ServiceDetailView.as_view(), name="service"),
    path("<str:code>/qr.svg", views.qr, name="qr"),
]
