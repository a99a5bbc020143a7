"""Reading the rows of a file, without what django-import-export does for a preview only."""

from __future__ import annotations

from copy import copy
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from import_export import resources
from import_export.instance_loaders import ModelInstanceLoader
from import_export.results import RowResult

from .cells import NUL, as_text


class CodeLoader(ModelInstanceLoader):
    """The rows that the file names by their code, read at once."""

    def __init__(self, resource: Any, dataset: Any) -> None:
        super().__init__(resource, dataset)
        self.key = resource.fields[resource.get_import_id_fields()[0]]
        column = self.key.column_name
        cells = dataset[column] if column in (dataset.headers or []) else []
        codes = {code for cell in cells if NUL not in (code := as_text(cell))}
        found = self.get_queryset().filter(**{f"{self.key.attribute}__in": codes})
        self.known = {getattr(row, self.key.attribute): row for row in found}

    def get_instance(self, row: Any) -> Any:
        return self.known.get(self.key.clean(row))


class RowResource(resources.ModelResource):
    """A row is told from what it was by a flat copy, and differences are set for previews only."""

    @cached_property
    def import_fields(self) -> list[Any]:
        return super().get_import_fields()

    def get_import_fields(self) -> list[Any]:
        return self.import_fields

    def import_row(self, row: Any, instance_loader: Any, **kwargs: Any) -> RowResult:
        outcome = self.get_row_result_class()()
        try:
            self._take(row, instance_loader, outcome, **kwargs)
        except ValidationError as error:
            outcome.import_type = RowResult.IMPORT_TYPE_INVALID
            outcome.validation_error = error
        except Exception as error:  # told with its row, and nothing is kept
            outcome.import_type = RowResult.IMPORT_TYPE_ERROR
            told = self.get_error_result_class()(error, row=row, number=kwargs["row_number"])
            outcome.errors.append(told)
        return outcome

    def _take(self, row: Any, instance_loader: Any, outcome: RowResult, **kwargs: Any) -> None:
        self.before_import_row(row, **kwargs)
        instance, new = self.get_or_init_instance(instance_loader, row)
        self.after_init_instance(instance, new, row, **kwargs)
        original = copy(instance)
        diff = self.get_diff_class()(self, original, new) if kwargs["dry_run"] else None
        errors: dict[str, Any] = {}
        try:
            self.import_instance(instance, row, **kwargs)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        if self.skip_row(instance, original, row, errors):
            outcome.import_type = RowResult.IMPORT_TYPE_SKIP
        else:
            self.validate_instance(instance, errors)
            self.save_instance(instance, new, row, **kwargs)
            self.save_m2m(instance, row, **kwargs)
            outcome.import_type = RowResult.IMPORT_TYPE_NEW if new else RowResult.IMPORT_TYPE_UPDATE
            if diff is not None:
                diff.compare_with(self, instance)
                outcome.diff = diff.as_html()
        outcome.add_instance_info(instance)
        if kwargs.get("retain_instance_in_row_result"):
            outcome.instance = instance
        self.after_import_row(row, outcome, **kwargs)
