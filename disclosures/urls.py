from django.urls import path

from . import views

app_name = "disclosures"

urlpatterns = [
    path("", views.DisclosureListView.as_view(), name="index"),
    path("<str:slug>/", views.DisclosureDetailView.as_view(), name="disclosure"),
    path("<str:slug>/versions/<int:number>/", views.RevisionDetailView.as_view(), name="revision"),
    path("<str:slug>/compare/", views.ComparisonView.as_view(), name="comparison"),
    path("<str:slug>/trace/", views.TraceView.as_view(), name="trace"),
    path("<str:slug>/trace.<str:extension>", views.trace_file, name="trace_file"),
    path("<str:slug>/files/<int:pk>/", views.attachment, name="attachment"),
]
