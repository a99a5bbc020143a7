"""Spreadsheets in and out of the admin: XLSX, CSV and JSON, previewed, all rows or none."""

from __future__ import annotations

import csv
import json
import zipfile
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any, ClassVar, NamedTuple

import tablib
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from import_export.admin import ExportMixin, ImportMixin
from import_export.formats import base_formats
from import_export.forms import ExportForm, ImportForm
from import_export.results import Result, RowResult

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 300 * 1024 * 1024

#: A cell that starts so may run as a formula when a spreadsheet program opens the file.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


class UnreadableFileError(ValueError):
    """The file is not what it says; carries a message for the person who uploads it."""


def shown(value: Any) -> str:
    """A cell as text, with one way of writing dates."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        if timezone.is_aware(value):
            value = timezone.localtime(value)
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def plain(value: Any) -> str:
    """A cell as text that no program runs as a formula."""
    text = shown(value)
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text


def as_written(value: Any) -> Any:
    """The reverse of ``plain`` for what a file brings back."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value
    if isinstance(value, str) and value.startswith("'") and value[1:].startswith(_FORMULA_SIGNS):
        return value[1:]
    return value


class _PlainCells:
    """Cells are written as text, so that a code keeps its zeros and a date its order."""

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> Any:
        cells = tablib.Dataset(headers=dataset.headers, title="数据")
        for row in dataset:
            cells.append([plain(cell) for cell in row])
        return super().export_data(cells, **kwargs)  # type: ignore[misc]

    def _escape_formulae(self, dataset: tablib.Dataset) -> None:
        """Done in ``plain``, which also knows the way back."""


def _tidy(headers: list[Any], rows: list[list[Any]]) -> tablib.Dataset:
    """Without the empty columns at the right and the empty rows that programs leave behind."""
    while headers and headers[-1] in (None, ""):
        headers = headers[:-1]
    width = len(headers)
    dataset = tablib.Dataset(headers=[str(header or "").strip() for header in headers])
    for row in rows:
        cells = [as_written(cell) for cell in [*row, *[""] * width][:width]]
        if any(cell not in (None, "") for cell in cells):
            dataset.append(cells)
    return dataset


class XLSX(_PlainCells, base_formats.XLSX):
    def get_title(self) -> str:
        return "xlsx"

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        import openpyxl

        try:
            with zipfile.ZipFile(BytesIO(in_stream)) as archive:
                if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED_BYTES:
                    raise UnreadableFileError("表格解压后过大,请拆分后再导入")
            book = openpyxl.load_workbook(BytesIO(in_stream), read_only=True, data_only=True)
            rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
        except UnreadableFileError:
            raise
        except Exception as error:  # openpyxl meets a broken file with whatever comes first
            raise UnreadableFileError(
                "这不是能读的 XLSX 表格,可能已损坏或改过扩展名,请用表格软件另存为 .xlsx"
            ) from error
        return _tidy(rows[0] if rows else [], rows[1:])


class CSV(_PlainCells, base_formats.CSV):
    def get_title(self) -> str:
        return "csv"

    def get_read_mode(self) -> str:
        return "rb"

    def is_binary(self) -> bool:
        return True

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        rows = list(csv.reader(StringIO(_decoded(in_stream), newline="")))
        return _tidy(list(rows[0]) if rows else [], [list(row) for row in rows[1:]])

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        # With the mark Excel knows the encoding; without it Chinese is garbled.
        return super().export_data(dataset, **kwargs).encode("utf-8-sig")


class JSON(_PlainCells, base_formats.JSON):
    def get_title(self) -> str:
        return "json"

    def get_read_mode(self) -> str:
        return "rb"

    def is_binary(self) -> bool:
        return True

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        try:
            records = json.loads(_decoded(in_stream))
        except (ValueError, RecursionError) as error:
            raise UnreadableFileError("这不是能读的 JSON 文件,请检查格式") from error
        if not isinstance(records, list) or not all(isinstance(row, dict) for row in records):
            raise UnreadableFileError("JSON 文件须是一个列表,每行是一个“列名: 值”的对象")
        headers = list(dict.fromkeys(name for record in records for name in record))
        return _tidy(headers, [[record.get(name) for name in headers] for record in records])

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> str:
        rows = [[plain(cell) for cell in row] for row in dataset]
        headers = dataset.headers or []
        return json.dumps(
            [dict(zip(headers, row, strict=True)) for row in rows], ensure_ascii=False, indent=1
        )


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            "文件不是 UTF-8 编码,汉字会变成乱码:请在表格软件中另存为“CSV UTF-8”,或改用 XLSX"
        ) from error


FORMATS = [XLSX, CSV, JSON]


class UploadForm(ImportForm):
    """The format is told by the file's extension; choosing it by hand is for odd names."""

    field_order: ClassVar = ["resource", "import_file", "format"]

    def __init__(self, formats: Any, resources: Any, **kwargs: Any) -> None:
        super().__init__(formats, resources, **kwargs)
        self.fields["resource"].label = "导入内容"
        upload = self.fields["import_file"]
        upload.label, upload.help_text = "文件", "XLSX、CSV 或 JSON,不超过20 MB"
        upload.widget.attrs = {"accept": ".xlsx,.csv,.json"}
        choice: Any = self.fields["format"]
        choice.label, choice.required = "格式", False
        choice.widget.attrs = {}
        choice.choices = [("", "按扩展名识别"), *list(choice.choices)[1:]]

    @property
    def media(self) -> forms.Media:
        return forms.Form.media.fget(self)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        upload = data.get("import_file")
        if upload is None:
            return data
        extension = upload.name.rpartition(".")[2].lower()
        known = [file_format().get_extension() for file_format in FORMATS]
        if extension not in known:
            self.add_error("import_file", f"“{upload.name}”不能导入:只接受 XLSX、CSV、JSON 文件")
        elif upload.size > MAX_BYTES:
            self.add_error("import_file", "文件超过20 MB,请拆分后再导入")
        elif not data.get("format"):
            data["format"] = str(known.index(extension))
        return data


class PlainExportForm(ExportForm):
    def __init__(self, formats: Any, resources: Any, **kwargs: Any) -> None:
        super().__init__(formats, resources, **kwargs)
        self.fields["resource"].label = "导出内容"
        choice: Any = self.fields["format"]
        choice.label = "格式"
        choice.choices = [pair for pair in choice.choices if pair[0]]
        choice.initial = "0"


class Exports(ExportMixin):
    """Put before ``ModelAdmin``: a button that hands out the list as it is filtered."""

    formats: ClassVar = FORMATS
    export_form_class = PlainExportForm
    export_template_name = "admin/import_export/export.html"

    def get_export_data(
        self, file_format: Any, request: HttpRequest, queryset: Any, **kwargs: Any
    ) -> Any:
        """Written down in the transaction that reads the rows: no export without its record."""
        with transaction.atomic():
            data = super().get_export_data(file_format, request, queryset, **kwargs)
            self.admin_site.record_export(  # type: ignore[attr-defined]
                request,
                what=str(self.model._meta.verbose_name),  # type: ignore[attr-defined]
                file_format=file_format.get_extension(),
                rows=queryset.count(),
            )
        return data

    def get_export_filename(self, request: HttpRequest, queryset: Any, file_format: Any) -> str:
        name = self.model._meta.model_name  # type: ignore[attr-defined]
        return f"{name}-{timezone.localdate():%Y%m%d}.{file_format.get_extension()}"

    def init_request_context_data(self, request: HttpRequest, form: Any) -> dict[str, Any]:
        context = super().init_request_context_data(request, form)
        name = self.model._meta.verbose_name  # type: ignore[attr-defined]
        return context | {
            "title": f"导出{name}",
            "rows_to_export": self.get_export_queryset(request).count(),
        }


class Change(NamedTuple):
    """One column of a row in the preview, before and after in one."""

    heading: str
    diff: SafeString


class PreviewRow(NamedTuple):
    number: int
    is_new: bool
    label: str
    changes: list[Change]


class Refusal(NamedTuple):
    """Why a row can't be imported, and in which column."""

    row: int | None
    heading: str
    reason: str


class Imports(ImportMixin, Exports):
    """Put before ``ModelAdmin``: import with a preview, and export."""

    import_export_change_list_template = "admin/import_export/change_list_import_export.html"
    import_form_class = UploadForm
    from_encoding = None

    def add_data_read_fail_error_to_form(self, form: Any, error: Exception) -> None:
        known = isinstance(error, UnreadableFileError)
        form.add_error("import_file", str(error) if known else "文件读不出来,请检查格式后重新上传")

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response = super().import_action(request, **kwargs)
        name = self.model._meta.verbose_name  # type: ignore[attr-defined]
        response.context_data["title"] = f"导入{name}"
        if result := response.context_data.get("result"):
            resource = self._resource(request, response.context_data["form"])
            response.context_data |= preview_of(result, resource)
        return response

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return super().process_import(request, **kwargs)
        except (OSError, UnreadableFileError, ValueError):
            self.message_user(request, "预览过的文件已不在,请重新上传", messages.ERROR)  # type: ignore[attr-defined]
            return HttpResponseRedirect(self._import_url())

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        """What changed since the preview may refuse a row: then nothing is imported, and said."""
        if not (result.has_errors() or result.has_validation_errors()):
            return super().process_result(result, request)
        form = self.create_confirm_form(request)
        form.is_valid()
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": "没有导入",
            "opts": self.model._meta,  # type: ignore[attr-defined]
            "result": result,
            "form": UploadForm(FORMATS, self.get_import_resource_classes(request)),
            **preview_of(result, self._resource(request, form)),
        }
        return TemplateResponse(request, [self.import_template_name], context)

    def add_success_message(self, result: Result, request: HttpRequest) -> None:
        totals = result.totals
        new, update = totals[RowResult.IMPORT_TYPE_NEW], totals[RowResult.IMPORT_TYPE_UPDATE]
        skipped = totals[RowResult.IMPORT_TYPE_SKIP]
        messages.success(request, f"导入完成:新增{new}行,修改{update}行,未变{skipped}行")

    def _resource(self, request: HttpRequest, form: Any) -> Any:
        return self.choose_import_resource_class(form, request)(
            **self.get_import_resource_kwargs(request, form=form)
        )

    def _import_url(self) -> str:
        return reverse("admin:{}_{}_import".format(*self.get_model_info()))


def preview_of(result: Result, resource: Any) -> dict[str, Any]:
    """What the preview shows of ``result``: refusals by row and column, or changes."""
    return {
        "refusals": refusals_of(result, resource),
        "changed_rows": [
            _preview_row(number, row, result.diff_headers)
            # The headings are the file's first row.
            for number, row in enumerate(result.rows, 2)
            if row.is_new() or row.is_update()
        ],
        "counts": {
            "new": result.totals[RowResult.IMPORT_TYPE_NEW],
            "update": result.totals[RowResult.IMPORT_TYPE_UPDATE],
            "skip": result.totals[RowResult.IMPORT_TYPE_SKIP],
        },
    }


def refusals_of(result: Result, resource: Any) -> list[Refusal]:
    refusals = [Refusal(None, "", _reason(error.error)) for error in result.base_errors]
    for number, errors in result.row_errors():
        refusals += [Refusal(number + 1, "", _reason(error.error)) for error in errors]
    for row in result.invalid_rows:
        for name, reasons in row.field_specific_errors.items():
            heading = resource.column_of(name)
            refusals += [Refusal(row.number + 1, heading, reason) for reason in reasons]
        refusals += [Refusal(row.number + 1, "", text) for text in row.non_field_specific_errors]
    return sorted(refusals, key=lambda refusal: refusal.row or 0)


def _reason(error: Exception) -> str:
    text = "；".join(getattr(error, "messages", [])) or str(error)
    return text if any("一" <= sign <= "鿿" for sign in text) else "这一行的内容无法处理,请核对"


def _preview_row(number: int, row: RowResult, headings: list[str]) -> PreviewRow:
    changes = [
        Change(heading, _without_styles(diff))
        for heading, diff in zip(headings, row.diff or [], strict=False)
        if "<ins" in diff or "<del" in diff
    ]
    key = strip_tags((row.diff or [""])[0])
    label = row.object_repr or key
    return PreviewRow(number, row.is_new(), label, changes)


def _without_styles(diff: str) -> SafeString:
    """The library's markup without its inline styles; its text is escaped, so these are tags."""
    diff = str(diff).replace('<ins style="background:#e6ffe6;">', "<ins>")
    return mark_safe(diff.replace('<del style="background:#ffe6e6;">', "<del>"))
