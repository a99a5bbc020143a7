"""The catalog with what is published under it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet
from django.http import Http404
from django.shortcuts import redirect
from django.views.generic import DetailView, TemplateView

from catalog.choices import Category, Channel
from catalog.models import Matter
from disclosures.coverage import Counts
from disclosures.models import Disclosure
from disclosures.rows import first_rows, rows

from .. import figures
from ..unpublished import of as of_matter

NEWEST = 6
_NOTHING = Counts()
PER_PAGE = 20


class CatalogView(TemplateView):
    template_name = "catalog/catalog.html"

    def get_context_data(self, **kwargs):
        matrix = figures.matrix()
        return super().get_context_data(
            matrix=matrix,
            totals=[
                (sum(cell.matters for cell in cells), sum(cell.disclosures for cell in cells))
                for cells in zip(*(row.cells for row in matrix), strict=True)
            ],
            categories=Category.choices,
            matters=sum(row.matters for row in matrix),
            disclosures=sum(row.disclosures for row in matrix),
            **kwargs,
        )


class Branch:
    """One line of a domain's tree; an inner node carries the sums of its leaves."""

    __slots__ = (
        "category",
        "children",
        "code",
        "counts",
        "is_leaf",
        "leaves",
        "missing",
        "name",
        "published",
    )

    def __init__(self, code: str, name: str, category: str, *, is_leaf: bool) -> None:
        self.code, self.name, self.category, self.is_leaf = code, name, category, is_leaf
        self.leaves = self.missing = self.published = 0
        #: How it stands with what is owed under a leaf.
        self.counts = _NOTHING
        self.children: list[Branch] = []

    def sum_up(self) -> None:
        for child in self.children:
            child.sum_up()
            self.leaves += child.leaves
            self.missing += child.missing
            self.published += child.published


class Tab(NamedTuple):
    label: str
    matters: int
    url: str
    is_current: bool


class DomainView(DetailView):
    """What must be disclosed in a domain, what is there, and what is missing."""

    context_object_name = "domain"
    template_name = "catalog/domain.html"

    def get_object(self, queryset=None):
        """The domain, fetched with its seven siblings, which the page names too."""
        self.domains = list(Matter.objects.domains().as_tree())
        found = [domain for domain in self.domains if domain.code == self.kwargs["code"]]
        if not found:
            raise Http404("没有这个试点领域")
        return found[0]

    def get_context_data(self, **kwargs):
        category = self.request.GET.get("category", "")
        if category not in Category.values:
            category = ""
        only_missing = "missing" in self.request.GET
        nodes = self._nodes()
        # By key: the database then goes through the index and not through every disclosure.
        matters = Matter.objects.under(self.object).order_by().values("pk")
        published = _published(matters)
        owed = figures.of_matters(self.object)
        # The sum keeps the database from gathering and sorting the whole domain: it goes down the
        # index by date, where a domain's newest come soon.
        newest = (
            Disclosure.objects.visible()
            .alias(tree=F("matter__tree_id") + 0)
            .filter(tree=self.object.tree_id)
        )
        if category:
            newest = newest.filter(category=category)
        return super().get_context_data(
            root=_tree(nodes, published, owed, category=category, only_missing=only_missing),
            coverage=_sum(owed.values()),
            tabs=_tabs(self.object.get_absolute_url(), nodes, category),
            category=category,
            category_label=dict(Category.choices).get(category, ""),
            only_missing=only_missing,
            newest=first_rows(newest.order_by("-published_at", "-pk")[:NEWEST]),
            services=sum(node[-2] is not None and node[-1] is None for node in nodes),
            siblings=[(domain.code, domain.name) for domain in self.domains],
            **kwargs,
        )

    def _nodes(self) -> list[tuple[Any, ...]]:
        """Plain tuples: a hundred model instances a page are the dearest part of it."""
        below = self.object.get_descendants().current().as_tree()
        place = ("pk", "code", "level", "name", "category", "lft", "rght")
        return list(below.values_list(*place, "service", "service__retired_on"))


def _published(matters: QuerySet) -> dict[int, int]:
    """How many visible disclosures stand under each of ``matters``."""
    found = Disclosure.objects.visible().filter(matter__in=matters).order_by()
    return dict(found.values_list("matter").annotate(number=Count("pk")))


def _sum(counts: Iterable[Counts]) -> Counts:
    total = Counts()
    for each in counts:
        for standing, number in each.by_standing.items():
            total.add(standing, number)
    return total


def _tree(
    nodes: list[tuple[Any, ...]],
    published: dict[int, int],
    owed: dict[int, Counts],
    *,
    category: str,
    only_missing: bool,
) -> Branch:
    """The branches with a leaf that is wanted, with sums; ``nodes`` in reading order."""
    root = Branch("", "", "", is_leaf=False)
    path = [root]
    for pk, code, level, name, own_category, left, right, *_service in nodes:
        is_leaf = right == left + 1
        branch = Branch(code, name, own_category, is_leaf=is_leaf)
        if is_leaf:
            if category and own_category != category:
                continue
            counts = branch.counts = owed.get(pk, _NOTHING)
            branch.leaves, branch.published = 1, published.get(pk, 0)
            branch.missing = int(counts.covered < counts.expected)
            if only_missing and not branch.missing:
                continue
        del path[level:]
        path[-1].children.append(branch)
        path.append(branch)
    root.sum_up()
    _prune(root)
    return root


def _prune(branch: Branch) -> None:
    branch.children = [child for child in branch.children if child.leaves]
    for child in branch.children:
        _prune(child)


def _tabs(url: str, nodes: list[tuple[Any, ...]], chosen: str) -> list[Tab]:
    counts = Counter(node[4] for node in nodes if node[6] == node[5] + 1)
    return [Tab("全部", counts.total(), url, not chosen)] + [
        Tab(label, counts[value], f"{url}?category={value}", value == chosen)
        for value, label in Category.choices
    ]


class MatterView(DetailView):
    """A matter: its standard and what is published under it, or the matters below it."""

    queryset = Matter.objects.select_related("parent", "service__unit")
    slug_field = slug_url_kwarg = "code"
    template_name = "catalog/matter.html"

    def get(self, request, *args, **kwargs):
        self.object = self.get_object()
        if self.object.is_domain:
            return redirect(self.object, permanent=True)
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs):
        matter = self.object
        disclosures = Disclosure.objects.visible().under(matter).order_by("-published_at", "-pk")
        page = Paginator(disclosures, PER_PAGE).get_page(self.request.GET.get("page"))
        service = getattr(matter, "service", None)
        ancestors, siblings = self._around()
        is_owed = matter.is_leaf_node() and not matter.is_retired
        unpublished = of_matter(matter) if is_owed else None
        return super().get_context_data(
            ancestors=ancestors,
            siblings=siblings,
            children=[] if matter.is_leaf_node() else list(matter.get_children()),
            units=unpublished.units if unpublished else list(matter.responsible_units.all()),
            unpublished=unpublished,
            channels=[(label, value in matter.channels) for value, label in Channel.choices],
            page_obj=page,
            rows=rows(page.object_list),
            service=None if service is None or service.is_retired else service,
            **kwargs,
        )

    def _around(self) -> tuple[list[Matter], list[tuple[str, str, Any]]]:
        """What stands above the matter and what beside it, in one query."""
        matter = self.object
        above = Q(tree_id=matter.tree_id, lft__lt=matter.lft, rght__gt=matter.rght)
        found = Matter.objects.filter(above | Q(parent=matter.parent_id)).as_tree()
        beside = [node for node in found if node.parent_id == matter.parent_id]
        return (
            [node for node in found if node.lft < matter.lft and node.rght > matter.rght],
            [(node.code, node.name, node.retired_on) for node in beside],
        )
