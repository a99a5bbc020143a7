from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_safe
from django.views.generic import DetailView, FormView, ListView

from catalog.choices import Category
from catalog.forms import Chip
from catalog.models import Matter

from .. import evidence
from ..choices import ReviewLevel, Validity
from ..comparison import compare
from ..coverage import timeliness
from ..digest import ALGORITHMS, of_bytes
from ..downloads import serve
from ..forms import RECENT, DigestForm, DisclosureFilter, VerifyForm, WithdrawalFilter
from ..models import Attachment, Disclosure, LedgerEntry, Revision
from ..readers import count_view
from ..rows import rows

SLUG = re.compile(r"^(?P<prefix>[0-9A-Z]+)-(?P<serial>\d{4}-\d{5,})$")

#: What stands in each of the five seals.
SEALS = {
    ReviewLevel.SUBMITTER: "提交",
    ReviewLevel.SECTION: "科室",
    ReviewLevel.DEPUTY_LEADER: "分管",
    ReviewLevel.OPENNESS_OFFICE: "公开",
    ReviewLevel.LEADING_GROUP: "领导",
}


class DisclosureListView(ListView):
    template_name = "disclosures/disclosure_list.html"
    context_object_name = "disclosures"
    paginate_by = 20

    def get_queryset(self):
        self.form = DisclosureFilter(self.request.GET)
        return filtered(self.form.wanted())

    def get_context_data(self, **kwargs):
        context = super().get_context_data(
            form=self.form, chips=self.form.chips(), tabs=_category_tabs(self.form), **kwargs
        )
        context["rows"] = rows(context["page_obj"].object_list)
        return context


def filtered(wanted: dict[str, Any]) -> QuerySet[Disclosure]:
    found = Disclosure.objects.visible().order_by("-published_at", "-pk")
    if "domain" in wanted:
        found = found.under(Matter.objects.domains().get(code=wanted["domain"]))
    if "category" in wanted:
        found = found.filter(category=wanted["category"])
    if "unit" in wanted:
        found = found.filter(unit__code=wanted["unit"])
    if "year" in wanted:
        found = found.filter(published_at__range=_year(int(wanted["year"])))
    if month := wanted.get("month"):
        found = timeliness.recent(found) if month == RECENT else timeliness.of_month(found, month)
    if kept := wanted.get("timeliness"):
        found = found.late() if kept == "late" else found.on_time()
    if "q" in wanted:
        found = found.with_words(wanted["q"])
    return found


def _year(year: int) -> tuple[datetime, datetime]:
    zone = timezone.get_default_timezone()
    return (
        datetime(year, 1, 1, tzinfo=zone),
        datetime(year, 12, 31, 23, 59, 59, 999999, tzinfo=zone),
    )


def _category_tabs(form: DisclosureFilter) -> list[tuple[Chip, bool]]:
    """The categories as links that keep the other filters."""
    chosen = form.wanted().get("category", "")
    tabs = []
    for value, label in [("", "全部"), *Category.choices]:
        query = form.query.copy()
        query.pop("page", None)
        query.pop("category", None)
        if value:
            query["category"] = value
        tabs.append((Chip("公开类别", label, f"?{query.urlencode()}"), value == chosen))
    return tabs


class PublishedMixin:
    """A disclosure that has, or had, a public page, by the slug in its address."""

    def get_object(self, queryset=None):
        return self.find(self.kwargs["slug"])

    @staticmethod
    def find(slug: str) -> Disclosure:
        match = SLUG.match(slug)
        if match is None:
            raise Http404("没有这个索引号")
        return get_object_or_404(
            Disclosure.objects.published().select_related(
                "matter",
                "unit",
                "village",
                "live_revision__replacement__live_revision",
                "withdrawal",
                "interprets__live_revision",
                "interprets__unit",
            ),
            index_number="{prefix}/{serial}".format(**match.groupdict()),
        )

    def get(self, request, *args, **kwargs):
        self.object = self.get_object()
        if self.object.is_withdrawn:
            return gone(request, self.object)
        return self.render_to_response(self.get_context_data())


class DisclosureDetailView(PublishedMixin, DetailView):
    template_name = "disclosures/disclosure_detail.html"

    def get(self, request, *args, **kwargs):
        response = super().get(request, *args, **kwargs)
        if not self.object.is_withdrawn:
            count_view(request, self.object)
        return response

    def get_context_data(self, **kwargs):
        disclosure = self.object
        revision = disclosure.live_revision
        revision.disclosure = disclosure
        restricted = disclosure.is_restricted
        attachments = [] if restricted else list(revision.attachments.filter(is_evidence=False))
        for attachment in attachments:
            attachment.revision = revision
        return super().get_context_data(
            revision=revision,
            restricted=restricted,
            attachments=attachments,
            ancestors=disclosure.matter.get_ancestors(),
            interprets=_visible(disclosure.interprets),
            replacement=_visible(revision.replacement),
            interpretations=rows(
                disclosure.interpretations.visible().order_by("-published_at", "-pk")
            ),
            versions=_listed(_versions(disclosure)),
            signatures=_signatures(revision),
            is_valid=revision.current_validity == Validity.VALID,
            shows_names=self.request.user.is_staff,
            **kwargs,
        )


class RevisionDetailView(PublishedMixin, DetailView):
    """The text of an earlier version, kept readable beside the correction that replaced it."""

    template_name = "disclosures/revision_detail.html"

    def get_context_data(self, **kwargs):
        disclosure = self.object
        if disclosure.is_restricted:
            raise Http404("这条信息只向特定群体公开")
        revision = get_object_or_404(
            _versions(disclosure, heavy=True), number=self.kwargs["number"]
        )
        return super().get_context_data(
            revision=revision,
            live=disclosure.live_revision,
            is_live=revision.pk == disclosure.live_revision_id,
            signatures=_signatures(revision),
            shows_names=self.request.user.is_staff,
            **kwargs,
        )


class ComparisonView(PublishedMixin, DetailView):
    """Any two versions that the public has read, side by side; the newest two unless chosen."""

    template_name = "disclosures/comparison.html"

    def get_context_data(self, **kwargs):
        disclosure = self.object
        if disclosure.is_restricted:
            raise Http404("这条信息只向特定群体公开")
        versions = _listed(_versions(disclosure, heavy=True))
        before, after = self._chosen(versions)
        for version in (before, after):
            version.disclosure = disclosure
        return super().get_context_data(
            versions=versions,
            before=before,
            after=after,
            before_label=_label(before),
            after_label=_label(after),
            comparison=compare(before, after, with_evidence=False),
            **kwargs,
        )

    def _chosen(self, versions: list[Revision]) -> tuple[Revision, Revision]:
        numbered = {str(version.number): version for version in versions}
        newest = versions[0]
        before = versions[1] if len(versions) > 1 else newest
        chosen = [
            numbered.get(self.request.GET.get(name, str(default.number)))
            for name, default in (("before", before), ("after", newest))
        ]
        if None in chosen:
            raise Http404("没有公开过这个版本")
        return chosen[0], chosen[1]  # type: ignore[return-value]


class WithdrawalListView(ListView):
    """All that was taken off the site, newest first: never a hole."""

    template_name = "disclosures/withdrawal_list.html"
    context_object_name = "disclosures"
    paginate_by = 20

    def get_queryset(self):
        self.form = WithdrawalFilter(self.request.GET)
        wanted = self.form.wanted()
        found = Disclosure.objects.filter(withdrawn_at__isnull=False)
        if "unit" in wanted:
            found = found.filter(unit__code=wanted["unit"])
        if "year" in wanted:
            found = found.filter(withdrawn_at__range=_year(int(wanted["year"])))
        return (
            found.select_related(
                "unit", "live_revision", "withdrawal", "replacement__live_revision"
            )
            .defer("live_revision__body", "withdrawal__body", "replacement__live_revision__body")
            .order_by("-withdrawn_at", "-pk")
        )

    def get_context_data(self, **kwargs):
        return super().get_context_data(form=self.form, chips=self.form.chips(), **kwargs)


class LedgerView(ListView):
    """The head of the chain on each day: who writes one down can prove a later change."""

    template_name = "disclosures/ledger.html"
    context_object_name = "days"
    paginate_by = 30

    def get_queryset(self):
        return LedgerEntry.objects.days()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["heads"] = _heads(context["page_obj"].object_list)
        context["today"] = timezone.localdate()
        return context


def _heads(found: Iterable[dict[str, Any]]) -> list[tuple[dict[str, Any], LedgerEntry]]:
    """Each day with its last row."""
    days = list(found)
    entries = LedgerEntry.objects.defer("record").in_bulk([day["last"] for day in days])
    return [(day, entries[day["last"]]) for day in days]


@require_safe
def ledger_heads(_request: HttpRequest) -> HttpResponse:
    """All days at once, to keep: ``verifier.read_heads`` reads it years later."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="heads.csv"'
    csv.writer(response).writerows(evidence.heads())
    return response


class VerifyView(FormView):
    """Is this downloaded file the one that was published? Looks by digest; keeps nothing."""

    template_name = "disclosures/verify.html"
    form_class = VerifyForm

    def get(self, request, *args, **kwargs):
        if "digest" in request.GET:
            form = DigestForm(request.GET)
            found = _published_files(*form.cleaned_data["digest"]) if form.is_valid() else None
            return self.render_to_response(
                self.get_context_data(digest_form=form, found=found, asked=form.is_valid())
            )
        return super().get(request, *args, **kwargs)

    def form_valid(self, form):
        upload = form.cleaned_data["file"]
        digests = [of_bytes(upload.chunks(), algorithm) for algorithm in ALGORITHMS]
        context = self.get_context_data(
            form=form, found=_published_files(*digests), asked=True, name=upload.name
        )
        return self.render_to_response(context)

    def get_context_data(self, **kwargs):
        kwargs.setdefault("digest_form", DigestForm())
        return super().get_context_data(**kwargs)


def _published_files(*digests: str) -> list[Attachment]:
    """Files the public may have downloaded, newest version first."""
    return list(
        Attachment.objects.filter(
            digest__in=digests,
            is_evidence=False,
            revision__in=Revision.objects.ever_live(),
        )
        .exclude(revision__disclosure__matter__in=Matter.objects.restricted())
        .select_related("revision__disclosure__unit")
        .defer("revision__body")
        .order_by("-revision__published_at", "-pk")[:20]
    )


def _visible(disclosure: Disclosure | None) -> Disclosure | None:
    return disclosure if disclosure is not None and disclosure.is_visible else None


def _versions(disclosure: Disclosure, *, heavy: bool = False) -> QuerySet[Revision]:
    """The revisions that were ever live, newest first."""
    versions = disclosure.revisions.ever_live().order_by("-number")
    return versions if heavy else versions.defer("body")


def _listed(versions: Iterable[Revision]) -> list[Revision]:
    """Versions, newest first: each knows its ``place`` among them and the ``earlier`` one."""
    listed = list(versions)
    for place, version in enumerate(listed, 1):
        version.place = len(listed) - place + 1  # type: ignore[attr-defined]
        version.earlier = next(iter(listed[place:]), None)  # type: ignore[attr-defined]
    return listed


def _label(version: Revision) -> str:
    """Two versions of one day are told apart by their place."""
    day = date_format(timezone.localtime(version.published_at), "Y年n月j日")
    return f"第{version.place}版，{day}公开"  # type: ignore[attr-defined]


def _signatures(revision: Revision) -> list[tuple[str, Any]]:
    return [
        (SEALS[ReviewLevel(signoff.level)], signoff)
        for signoff in revision.signoffs.standing()
        .select_related("unit", "entry")
        .defer("entry__record")
        .order_by("level")
    ]


def gone(request: HttpRequest, disclosure: Disclosure) -> HttpResponse:
    """What was withdrawn, when, by which office and why; never a hole."""
    context = {
        "disclosure": disclosure,
        "replacement": _visible(disclosure.replacement),
        "may_trace": may_read(disclosure, request.user),
    }
    return render(request, "410.html", context, status=410)


def may_read(disclosure: Disclosure, person: Any) -> bool:
    """Whether ``person`` is staff who may read what of ``disclosure`` the public may not."""
    if not (person.is_authenticated and person.is_staff):
        return False
    return Disclosure.objects.readable_by(person).filter(pk=disclosure.pk).exists()


@require_safe
def attachment(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """A file: for everyone while its revision is live, else for staff who may read the unit."""
    found = get_object_or_404(
        Attachment.objects.select_related("revision__disclosure__matter"), pk=pk
    )
    disclosure = found.revision.disclosure
    if disclosure.slug != slug or not _may_fetch(found, request.user):
        raise Http404("没有这个附件")
    return serve(request, found)


def _may_fetch(found: Attachment, person: Any) -> bool:
    disclosure = found.revision.disclosure
    if found.revision.is_live and not found.is_evidence and not disclosure.is_restricted:
        return True
    return may_read(disclosure, person)
