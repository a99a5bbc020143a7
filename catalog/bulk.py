"""Imports of flat tables: every row is checked, and all are written together."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction

from .cells import as_text
from .resources import CodedResource

ROWS_A_STATEMENT = 2000


class BulkResource(CodedResource):
    """For tables without ``save`` logic and relations to many, read whole by ``get_queryset``.

    A row is held to what ``full_clean`` says of it, but what would ask the database for each row
    is asked once: whether related rows may be chosen, and who holds a unique link. A constraint
    has its twin in ``clean``; where it hasn't, the database refuses the file.
    """

    #: Names of fields whose related row belongs to one row of the table alone.
    unique_links: ClassVar[tuple[str, ...]] = ()

    class Meta(CodedResource.Meta):
        use_bulk = True
        batch_size = None  # a link may change hands between any two rows

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        super().before_import(dataset, **kwargs)
        key = self.fields[self.key].column_name
        codes = [as_text(code) for code in dataset[key]]
        #: link → code of the row that holds it, as stored.
        self.stored: dict[str, dict[str, str]] = {}
        #: link → code of the row that is to hold it; the rows of the file add theirs.
        self.holders: dict[str, dict[str, str]] = {}
        for name in self.unique_links:
            self._read_links(name, codes, dataset)

    def _read_links(self, name: str, codes: list[str], dataset: Any) -> None:
        field = self.fields[name]
        wanted: dict[str, str] = {}
        if field.column_name in dataset.headers:
            cells = (str(cell or "").strip() for cell in dataset[field.column_name])
            wanted = dict(zip(codes, cells, strict=True))
        linked = self.get_queryset().exclude(**{field.attribute: None})
        pairs = linked.values_list(self.key, f"{field.attribute}__{field.widget.field}")
        self.stored[name] = dict(pairs)
        # Who lets go of a link in this file holds it no longer, wherever its row stands.
        self.holders[name] = {link: code for code, link in pairs if wanted.get(code, link) == link}

    def validate_instance(
        self,
        instance: Any,
        import_validation_errors: dict[str, Any] | None = None,
        validate_unique: bool = True,
    ) -> None:
        errors = dict(import_validation_errors or {})
        chosen = {
            name
            for name, relation in self.relations.items()
            if getattr(instance, relation.attname) is not None
        }
        exclude = {*errors, *chosen}
        steps: list[Callable[[], None]] = [
            lambda: instance.clean_fields(exclude=exclude),
            lambda: self._check_choices(instance, chosen - set(errors)),
            instance.clean,
            lambda: self._check_links(instance, errors),
        ]
        for step in steps:
            try:
                step()
            except ValidationError as error:
                errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def _check_choices(self, instance: Any, chosen: set[str]) -> None:
        """Related rows exist, the widgets looked them up; whether they may be chosen is left."""
        errors: dict[str, Any] = {}
        for name in chosen:
            value = getattr(instance, self.relations[name].attname)
            if value not in self.eligible.get(name, (value,)):
                try:
                    self.relations[name].validate(value, instance)
                except ValidationError as error:
                    errors[name] = error
        if errors:
            raise ValidationError(errors)

    def _check_links(self, instance: Any, errors: dict[str, Any]) -> None:
        code = getattr(instance, self.key)
        for name in self.unique_links:
            attribute, widget = self.fields[name].attribute, self.fields[name].widget
            if getattr(instance, self.relations[attribute].attname) is None or attribute in errors:
                continue
            row = getattr(instance, attribute)
            if self.holders[name].setdefault(getattr(row, widget.field), code) != code:
                taken = instance.unique_error_message(type(instance), (attribute,))
                raise ValidationError({attribute: taken})

    def bulk_create(
        self,
        using_transactions: bool,
        dry_run: bool,
        raise_errors: bool,
        batch_size: int | None = None,
        result: Any = None,
    ) -> None:
        """Write the new rows and the changed ones, unless a row was refused."""
        try:
            if not (result.has_errors() or result.has_validation_errors()):
                with transaction.atomic():
                    self._write()
        except DatabaseError as error:
            self.handle_import_error(result, ValueError(self._told(error)), raise_errors)
        finally:
            self.create_instances.clear()
            self.update_instances.clear()

    def bulk_update(self, *args: Any, **kwargs: Any) -> None:
        """Done by ``bulk_create``: what one row lets go of another may take."""

    def _write(self) -> None:
        for name in self.unique_links:
            field, stored = self.fields[name], self.stored[name]
            moved = [
                row.pk
                for row in self.update_instances
                if (link := stored.get(getattr(row, self.key)))
                and getattr(getattr(row, field.attribute), field.widget.field, None) != link
            ]
            self._rows.filter(pk__in=moved).update(**{field.attribute: None})
        self._rows.bulk_create(self.create_instances, batch_size=ROWS_A_STATEMENT)
        columns = self._meta.model._meta.concrete_fields
        self._rows.bulk_create(
            self.update_instances,
            batch_size=ROWS_A_STATEMENT,
            update_conflicts=True,
            unique_fields=[self.key],
            update_fields=[
                column.name
                for column in columns
                if not column.primary_key and column.name != self.key
            ],
        )

    def _told(self, error: DatabaseError) -> str:
        for constraint in self._meta.model._meta.constraints:
            if constraint.name in str(error):
                return str(constraint.violation_error_message)
        return "这些行没有写入:可能与别人刚改过的数据冲突,请重新上传预览"

    @property
    def _rows(self) -> models.Manager[Any]:
        return self._meta.model._default_manager

    @property
    def key(self) -> str:
        return self._meta.import_id_fields[0]

    @cached_property
    def relations(self) -> dict[str, models.ForeignKey[Any, Any]]:
        columns = self._meta.model._meta.concrete_fields
        return {column.name: column for column in columns if isinstance(column, models.ForeignKey)}

    @cached_property
    def eligible(self) -> dict[str, set[Any]]:
        """The keys that a relation may be given, where it may not be given all."""
        return {
            name: set(
                relation.remote_field.model._base_manager.complex_filter(
                    relation.get_limit_choices_to()
                ).values_list("pk", flat=True)
            )
            for name, relation in self.relations.items()
            if relation.get_limit_choices_to()
        }
