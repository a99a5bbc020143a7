"""试点工作流程图: the stages of the pilot, and the chart that they make.

The work is that of 国办发〔2017〕42号: sort the matters, set their standards, settle the procedure,
improve the ways of disclosure. ``STAGES`` is the one place that says what the county does in turn.
"""

from __future__ import annotations

from typing import NamedTuple

from .drawing import END, STEP, Chart, Node

NAME = "试点工作流程图"
DESCRIPTION = (
    "基层政务公开标准化规范化试点从部署到评估改进的各个阶段、每个阶段形成什么成果，"
    "以及目录动态调整的走向。各阶段的文字说明列在图旁。"
)


class Stage(NamedTuple):
    name: str
    work: str
    #: What stands at the end of the stage.
    result: str


STAGES = (
    Stage("组织部署", "成立领导小组，印发实施方案，明确试点领域和牵头单位", "实施方案"),
    Stage("梳理事项", "按权责清单和公共服务事项，逐领域梳理三级公开事项", "政务公开事项目录"),
    Stage("编制标准", "逐项明确公开内容、依据、时限、主体、渠道、对象和方式", "政务公开标准"),
    Stage("规范流程", "五公开和解读、回应各有步骤、责任人和时限", "政务公开流程"),
    Stage("划清底线", "依法不公开的逐条列明情形、依据和处理方式", "政务公开负面清单"),
    Stage("落实责任", "每个环节明确由谁负责、没做到怎么追责", "责任追溯表"),
    Stage("完善方式", "统一网上公开，同时用好查阅点、公示栏和政务服务中心", "公开平台和载体"),
    Stage("按标准公开", "五级审签，按时公开，签字和公开逐行记入台账", "公开信息和公开台账"),
    Stage("评估改进", "监督考核，听取群众意见，每年核对一次目录", "评估报告"),
)
#: After the last stage the county begins again here.
ADJUSTED = "梳理事项"


def draw(*, classes: bool, note: str = "") -> str:
    """The chart as SVG: for a page with ``classes``, else with colours of its own."""
    chart = Chart(NAME, DESCRIPTION, classes=classes)
    nodes = [
        Node(f"{place}　{stage.name}", (stage.work, f"成果：{stage.result}"), _look(place))
        for place, stage in enumerate(STAGES, start=1)
    ]
    boxes = chart.column(nodes)
    again = next(place for place, stage in enumerate(STAGES) if stage.name == ADJUSTED)
    chart.round_again("动态调整", boxes[-1], boxes[again])
    return chart.svg(note)


def _look(place: int) -> str:
    return END if place in {1, len(STAGES)} else STEP


def in_words() -> list[tuple[str, list[str]]]:
    """The chart as text."""
    steps = [f"{stage.name}：{stage.work}。成果是{stage.result}。" for stage in STAGES]
    steps.append(f"评估改进之后回到“{ADJUSTED}”，动态调整目录、标准和流程。")
    return [("试点工作", steps)]
