"""政务公开流程图: drawn from what the workflow goes by, so a changed route changes the chart."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from disclosures import timing
from disclosures.choices import (
    ROUTES,
    ChangeKind,
    ReviewLevel,
    RevisionKind,
    RevisionState,
    Verdict,
    earlier_levels,
)

from .drawing import END, SIGN, STEP, Box, Chart, Node

NAME = "政务公开流程图"
DESCRIPTION = (
    "一条信息从形成、起草、逐级审签到公开的步骤，每级由谁签、用多少时间，以及退回、更正、"
    "效力变更和撤下的走向。各步骤的文字说明列在图旁。"
)

#: What each level looks at.
ACTS: dict[ReviewLevel, str] = {
    ReviewLevel.SUBMITTER: "提交，内容就此封存",
    ReviewLevel.SECTION: "核对内容是否准确、完整",
    ReviewLevel.DEPUTY_LEADER: "审定是否公开、公开多少",
    ReviewLevel.OPENNESS_OFFICE: "审查保密、隐私和格式",
    ReviewLevel.LEADING_GROUP: "批准",
}
#: What the last signature brings about.
OUTCOMES: dict[str, tuple[str, str]] = {
    RevisionKind.TEXT: ("公开", "签满即公开，定时的到时公开"),
    RevisionKind.VALIDITY: ("变更效力", "页面标明失效、废止和替代的文件"),
    RevisionKind.WITHDRAWAL: ("撤下", "原网址说明撤下的时间、原因"),
}


class Lane(NamedTuple):
    """One way through the signatures, for all kinds of revision that take it."""

    heading: str
    kinds: list[str]
    before: list[Node]
    signatures: list[Node]
    outcome: Node
    #: Places in ``signatures`` from which and to which a revision is sent back.
    returns: list[tuple[int, int]]

    @property
    def nodes(self) -> list[Node]:
        return [*self.before, *self.signatures, self.outcome]

    @property
    def is_text(self) -> bool:
        return RevisionKind.TEXT in self.kinds


def lanes() -> list[Lane]:
    by_route = groupby(RevisionKind, key=lambda kind: ROUTES[kind])
    return [_lane(list(kinds), route) for route, kinds in by_route]


def _lane(kinds: list[RevisionKind], route: tuple[ReviewLevel, ...]) -> Lane:
    return Lane(
        "、".join(kind.label for kind in kinds),
        [kind.value for kind in kinds],
        _before(kinds),
        [_signature(place, level) for place, level in enumerate(route, start=1)],
        _outcome(kinds),
        [
            (route.index(level), route.index(earlier))
            for level in route
            for earlier in earlier_levels(route, level)
        ],
    )


def _before(kinds: list[RevisionKind]) -> list[Node]:
    if RevisionKind.TEXT not in kinds:
        return [Node("公开中的信息", ("说明变更或撤下的原因，公众看得到",), END)]
    return [
        Node("信息形成或变更", (f"从次日起{timing.shown(timing.STATUTORY)}内公开",), END),
        Node("起草", ("写明公开事项和依据，系统自动筛查",), STEP, RevisionState.DRAFT.label),
    ]


def _signature(place: int, level: ReviewLevel) -> Node:
    details = (ACTS[level], f"时限：{timing.shown(timing.allowance(level))}")
    arrival = RevisionState.IN_REVIEW.label if place == 1 else ""
    return Node(f"{place}　{level.label}", details, SIGN, arrival)


def _outcome(kinds: list[RevisionKind]) -> Node:
    names, told = zip(*(OUTCOMES[kind] for kind in kinds), strict=True)
    return Node("或".join(names), told, END, RevisionState.APPROVED.label)


def draw(*, classes: bool, note: str = "") -> str:
    """The chart as SVG: for a page with ``classes``, else with colours of its own."""
    chart = Chart(NAME, DESCRIPTION, classes=classes)
    for lane in lanes():
        _draw(chart, lane)
    return chart.svg(note)


def draw_apart() -> tuple[str, ...]:
    """Each lane as a chart of its own, for paper, where they stand side by side."""
    charts = []
    for lane in lanes():
        chart = Chart(lane.heading, DESCRIPTION, classes=False)
        _draw(chart, lane)
        charts.append(chart.svg())
    return tuple(charts)


def _draw(chart: Chart, lane: Lane) -> None:
    chart.heading(lane.heading)
    boxes = chart.column(lane.nodes)
    first = len(lane.before)
    _draw_returns(chart, lane, boxes, first)
    if lane.is_text:
        chart.round_again("更正", boxes[-1], boxes[first - 1])


def _draw_returns(chart: Chart, lane: Lane, boxes: list[Box], first: int) -> None:
    """Whoever has the text back from the first signature on starts a new version of it."""
    if not lane.returns:
        return
    sources = sorted({source for source, _target in lane.returns})
    targets = sorted({target for _source, target in lane.returns})
    chart.way_back(
        Verdict.RETURNED.label,
        [boxes[first + place] for place in sources],
        [boxes[first - 1 if place == 0 and lane.is_text else first + place] for place in targets],
    )


def in_words() -> list[tuple[str, list[str]]]:
    """The chart as text: each lane with its steps in order."""
    return [(lane.heading, [*_steps(lane), *_ways_back(lane)]) for lane in lanes()]


def _steps(lane: Lane) -> list[str]:
    return [
        f"{node.title.partition('　')[2] or node.title}：{'，'.join(node.details)}。"
        for node in lane.nodes
    ]


def _ways_back(lane: Lane) -> list[str]:
    said = []
    if lane.returns:
        said.append("审签中可以写明原因退回。" + _after_return(lane))
    if lane.is_text:
        changes = "、".join(label for _value, label in ChangeKind.choices)
        said.append(
            f"公开后需要更正（{changes}）的，起草新的版本，重新逐级签字；签满以前原文不变。"
        )
    if RevisionKind.WITHDRAWAL in lane.kinds:
        said.append("发现泄密等紧急情况，政务公开办可以先撤下，再由其余各级补签。")
    return said


def _after_return(lane: Lane) -> str:
    first = "退给信息提交人的，" + (
        "修改后作为新的版本从第一级签起" if lane.is_text else "即告终止，可以重新提出"
    )
    if any(target for _source, target in lane.returns):
        return f"{first}；退给前面某一级的，从那一级起重新签。"
    return f"{first}。"
