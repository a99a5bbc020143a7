"""责任追溯 of one disclosure: a page for everybody, files with names for those who may read it."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET
from django.views.generic import DetailView

from catalog.typesetting import TypesettingError
from catalog.workbooks import XLSX_TYPE, Column, write_table

from .. import timing, workflow
from ..paper import trace_form
from ..trace import Trace, trace
from .pages import PublishedMixin, gone, may_read

COLUMNS = (
    Column("版本", 6),
    Column("事由", 18),
    Column("环节", 14),
    Column("责任单位", 22),
    Column("责任人", 18),
    Column("意见", 14),
    Column("说明", 40),
    Column("起算日期", 12),
    Column("完成时间", 18),
    Column("用时(工作日)", 9, "0"),
    Column("时限", 14),
    Column("是否按时", 10),
    Column("台账序号", 10, "0"),
)


class TraceView(PublishedMixin, DetailView):
    """Each step, who answered for it, when, and within the limit or not."""

    template_name = "disclosures/trace.html"

    def get(self, request, *args, **kwargs):
        self.object = self.get_object()
        self.whole = may_read(self.object, request.user)
        if self.object.is_withdrawn and not self.whole:
            return gone(request, self.object)
        # Those who may read what was withdrawn see its trace too; it is gone all the same.
        status = 410 if self.object.is_withdrawn else 200
        return self.render_to_response(self.get_context_data(), status=status)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            trace=trace(self.object, whole=self.whole),
            whole=self.whole,
            shows_names=self.request.user.is_staff,
            rule=timing.RULE,
            statutory=timing.STATUTORY,
            **kwargs,
        )


@require_GET
def trace_file(request: HttpRequest, slug: str, extension: str) -> HttpResponseBase:
    """The trace for auditors, with names and remarks; the ledger records who took it."""
    disclosure = PublishedMixin.find(slug)
    if extension not in _WRITERS or not may_read(disclosure, request.user):
        raise Http404("没有这个文件")
    traced = trace(disclosure, whole=True)
    write, content_type = _WRITERS[extension]
    try:
        content = write(traced)
    except TypesettingError as error:
        context = {
            "what": "责任追溯表",
            "error": error,
            "address": reverse("disclosures:trace_file", args=[slug, "xlsx"]),
        }
        return render(request, "503.html", context, status=503)
    workflow.record_export(
        "责任追溯",
        by=request.user,  # type: ignore[arg-type]
        file_format=extension,
        rows=sum(len(passage.steps) for passage in traced.passages),
        filters=f"索引号 {disclosure.index_number}",
    )
    mark = "（示范）" if settings.SITE["is_demo"] else ""
    name = f"责任追溯-{disclosure.slug}{mark}-{timezone.localdate():%Y-%m-%d}.{extension}"
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def _workbook(traced: Trace) -> bytes:
    out = BytesIO()
    title = f"责任追溯：{traced.disclosure.live_revision.title}"  # type: ignore[union-attr]
    write_table(out, title, COLUMNS, _rows(traced), _notes(traced))
    return out.getvalue()


def _notes(traced: Trace) -> list[str]:
    disclosure = traced.disclosure
    notes = [f"索引号 {disclosure.index_number}　{disclosure.unit.name}　{traced.in_words}"]
    notes.append(f"各级时限：{timing.RULE}，以{timing.shown(traced.limit)}计")
    if traced.guessed_years:
        years = "、".join(str(year) for year in traced.guessed_years)
        notes.append(f"{years}年的节假日安排尚未公布，按周一至周五计算工作日")
    if settings.SITE["is_demo"]:
        notes.append("出自演示站点，为示范数据，不是定远县的正式记录")
    return notes


def _rows(traced: Trace) -> Iterator[list[Any]]:
    for passage in traced.passages:
        for step in passage.steps:
            yield [
                passage.revision.number,
                passage.heading,
                step.name,
                step.office,
                step.person,
                step.verdict,
                step.remark,
                step.begun_on.isoformat(),
                f"{timezone.localtime(step.done_at):%Y-%m-%d %H:%M}" if step.done_at else "",
                step.days,
                step.limit,
                step.result,
                "" if step.entry is None else step.entry,
            ]


def _paper(traced: Trace) -> bytes:
    return trace_form(traced, _notes(traced))


_WRITERS = {"xlsx": (_workbook, XLSX_TYPE), "pdf": (_paper, "application/pdf")}
