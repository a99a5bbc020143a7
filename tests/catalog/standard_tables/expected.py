"""What a person reads in the workbooks of this folder, written by hand.

Each case names what has to be decided by hand in the mapping step, and then every matter by domain
and names. Values that all matters of a file share stand once.
"""

from dataclasses import dataclass, field

from catalog.choices import Audience, Category, Channel, Method, Tier
from catalog.standard_table.meanings import Meaning

from .tables import TWENTY

RELIEF, HOUSES, LAND, DEMOLITION = "01", "02", "03", "04"
HOUSING, SCHOOLS, TRADE, MUNICIPAL = "05", "06", "07", "08"
COUNTY, TOWNSHIP, VILLAGE = Tier.COUNTY, Tier.TOWNSHIP, Tier.VILLAGE
ORDINANCE = "《中华人民共和国政府信息公开条例》（国令第711号）"


@dataclass
class Case:
    """``matters`` maps a domain and the names below it to what the row says."""

    matters: dict
    common: dict = field(default_factory=dict)
    units: dict = field(default_factory=dict)
    channels: dict = field(default_factory=dict)
    signs: dict = field(default_factory=dict)
    defaults: dict = field(default_factory=lambda: {"category": Category.MANAGEMENT})
    #: Column letter → meaning, for what the file itself doesn't tell.
    columns: dict = field(default_factory=dict)
    domains: list = field(default_factory=list)


def openly(*tiers):
    """For everybody, without being asked."""
    return {
        "audience": Audience.PUBLIC,
        "audience_detail": "",
        "method": Method.PROACTIVE,
        "tiers": list(tiers),
    }


def to(group, *tiers, method=Method.PROACTIVE):
    return {
        "audience": Audience.SPECIFIC,
        "audience_detail": group,
        "method": method,
        "tiers": list(tiers),
    }


_WEBSITE = [Channel.WEBSITE]
_BUILDING = "县住房和城乡建设局"

CASES = {
    "fuliang.xlsx": Case(
        units={"乡镇人民政府": "各乡镇人民政府"},
        common={"category": Category.MANAGEMENT},
        matters={
            (RELIEF, "救灾政策文件", "法律法规"): {
                "content": "与救灾有关的法律、法规",
                "legal_basis": ORDINANCE,
                "time_limit": TWENTY,
                "responsible_text": "县应急管理局",
                "channels": [Channel.WEBSITE, Channel.READING_POINT],
                **openly(COUNTY, TOWNSHIP),
            },
            (RELIEF, "救灾政策文件", "部门和地方规章", "应急管理部规章"): {
                "content": "规章名称;文号;正文",
                "legal_basis": ORDINANCE,
                "time_limit": TWENTY,
                "responsible_text": "县应急管理局",
                "channels": [Channel.WEBSITE, Channel.READING_POINT],
                **openly(COUNTY, TOWNSHIP),
            },
            (RELIEF, "救灾政策文件", "部门和地方规章", "省政府规章"): {
                "content": "规章名称;文号;正文",
                "legal_basis": ORDINANCE,
                "time_limit": TWENTY,
                "responsible_text": "县应急管理局",
                "channels": [Channel.WEBSITE, Channel.READING_POINT],
                **openly(COUNTY, TOWNSHIP),
            },
            (RELIEF, "灾后救助", "救助审定信息", "冬春救助对象"): {
                "content": "救助对象户主姓名;所在村组;救助金额",
                "legal_basis": "《自然灾害救助条例》第二十一条",
                "time_limit": "公示期不少于7日",
                "responsible_text": "各乡镇人民政府、县应急管理局",
                "channels": [Channel.WEBSITE, Channel.NOTICE_BOARD],
                **to("受灾困难群众", TOWNSHIP, VILLAGE),
            },
        },
    ),
    "wulagai.xlsx": Case(
        common={"responsible_text": _BUILDING, **openly(COUNTY)},
        matters={
            (HOUSING, "法规政策", "法律法规"): {
                "content": "文件名称;文号;正文",
                "legal_basis": "《公共租赁住房管理办法》",
                "time_limit": "信息形成（变更）之日起２０个工作日内",
                "limit_days": 20,
                "channels": _WEBSITE,
                "category": Category.DECISION,
            },
            (HOUSING, "建设管理", "立项信息"): {
                "content": "项目名称;建设地点;投资金额",
                "legal_basis": ORDINANCE,
                "time_limit": "信息形成（变更）之日起２０个工作日内",
                "channels": [Channel.WEBSITE, Channel.SOCIAL_MEDIA],
                "category": Category.EXECUTION,
            },
            (HOUSING, "建设管理", "任务完成进度"): {
                "content": "实际开工套数;基本建成套数",
                "legal_basis": ORDINANCE,
                "time_limit": "每月后10个工作日内",
                "channels": [Channel.WEBSITE, Channel.SOCIAL_MEDIA],
                "category": Category.RESULT,
            },
        },
    ),
    "dongyang.docx": Case(
        common={
            "time_limit": TWENTY,
            "responsible_text": "县扶贫开发局、各乡镇人民政府",
        },
        matters={
            (RELIEF, "政策文件", "行政法规、规章"): {
                "content": "中央及地方涉及扶贫领域的行政法规;规章",
                "legal_basis": ORDINANCE,
                "channels": [Channel.WEBSITE, Channel.GAZETTE],
                "category": Category.DECISION,
                **openly(COUNTY, TOWNSHIP, VILLAGE),
            },
            (RELIEF, "扶贫对象", "贫困人口识别"): {
                "content": "识别标准;识别程序;识别结果",
                "legal_basis": "《扶贫开发建档立卡工作方案》",
                "channels": [Channel.WEBSITE, Channel.ON_SITE],
                "category": Category.MANAGEMENT,
                **openly(TOWNSHIP, VILLAGE),
            },
            (RELIEF, "扶贫对象", "贫困人口退出"): {
                "content": "退出计划;退出标准;退出程序",
                "legal_basis": "《扶贫开发建档立卡工作方案》",
                "channels": [Channel.WEBSITE, Channel.ON_SITE],
                "category": Category.RESULT,
                **openly(TOWNSHIP, VILLAGE),
            },
        },
    ),
    "kaihua.xlsx": Case(
        units={"教体局": "县教育体育局"},
        common={"category": Category.MANAGEMENT},
        matters={
            (TRADE, "工程建设项目招标投标信息", "招标公告"): {
                "content": "招标项目名称;获取招标文件的时间和方式;招标人名称",
                "legal_basis": "《招标投标法》;《招标公告和公示信息发布管理办法》",
                "time_limit": "及时公开",
                "responsible_text": "县公共资源交易中心",
                "channels": [Channel.WEBSITE, Channel.OTHER],
                **openly(COUNTY),
            },
            (TRADE, "工程建设项目招标投标信息", "中标结果公示"): {
                "content": "中标人名称;中标价",
                "legal_basis": "《招标公告和公示信息发布管理办法》",
                "time_limit": "及时公开",
                "responsible_text": "县公共资源交易中心",
                "channels": [Channel.WEBSITE, Channel.SOCIAL_MEDIA],
                **openly(COUNTY),
            },
            (SCHOOLS, "招生管理", "招生计划"): {
                "content": "各校本年度招生计划",
                "legal_basis": ORDINANCE,
                "time_limit": TWENTY,
                "responsible_text": "县教育体育局",
                "channels": [Channel.WEBSITE, Channel.NOTICE_BOARD],
                **openly(COUNTY, TOWNSHIP),
            },
        },
    ),
    "gongshan.xls": Case(
        common={
            "time_limit": TWENTY,
            "responsible_text": _BUILDING,
            "channels": _WEBSITE,
        },
        matters={
            (HOUSES, "政策文件", "农村危房改造相关文件"): {
                "content": "文件标题;文号;有效性",
                "legal_basis": ORDINANCE,
                **openly(COUNTY),
            },
            (HOUSES, "条件与标准", "农村危房等级评定标准"): {
                "content": "等级评定相关标准",
                "legal_basis": "建村〔2018〕115号",
                **openly(COUNTY, TOWNSHIP, VILLAGE),
            },
            (HOUSES, "条件与标准", "资金补助标准"): {
                "content": "补助标准（分类、分档金额）",
                "legal_basis": "建村〔2017〕192号",
                **openly(COUNTY, TOWNSHIP, VILLAGE),
            },
        },
    ),
    "wenquan.ods": Case(
        common={"legal_basis": "建村〔2017〕192号"},
        matters={
            (HOUSES, "计划实施", "任务分配"): {
                "content": "年度任务分配;危房改造补助农户名单",
                "time_limit": "分配结果确定后20个工作日内",
                "responsible_text": f"{_BUILDING}、各乡镇人民政府",
                "channels": [Channel.WEBSITE, Channel.ON_SITE, Channel.NOTICE_BOARD],
                **openly(COUNTY, TOWNSHIP),
            },
            (HOUSES, "结果公开", "改造结果"): {
                "content": "竣工验收情况;补助资金发放情况",
                "time_limit": "公示期不少于7日",
                "responsible_text": "各乡镇人民政府",
                "channels": [Channel.NOTICE_BOARD],
                **to("申请农户", TOWNSHIP),
            },
        },
    ),
    "dean.xlsx": Case(
        common={
            "legal_basis": ORDINANCE,
            "responsible_text": "各乡镇人民政府",
            "channels": [Channel.WEBSITE, Channel.NOTICE_BOARD],
            **openly(TOWNSHIP),
        },
        matters={
            # A bare number is no limit that anybody stated: 20 working days are those of the law.
            (RELIEF, "扶贫资金", "年度计划"): {
                "content": "资金计划批复文件;计划完成情况",
                "time_limit": "20",
                "limit_days": 20,
            },
            (RELIEF, "扶贫项目", "项目实施"): {
                "content": "项目名称;资金来源;绩效目标",
                "time_limit": "20个工作日",
                "limit_days": 20,
            },
        },
    ),
    "jiangan.xls": Case(
        defaults={"category": Category.SERVICE, "tiers": [COUNTY]},
        common={"responsible_text": "县城市管理行政执法局", "category": Category.SERVICE},
        matters={
            (MUNICIPAL, "城市园林绿化管理", "城市园林绿化行政审批"): {
                "content": "申请条件;申请材料;申请流程;法定依据",
                "legal_basis": "《城市绿化条例》",
                "time_limit": TWENTY,
                "channels": [Channel.WEBSITE, Channel.SERVICE_CENTER],
                **openly(COUNTY),
            },
            (MUNICIPAL, "城市园林绿化管理", "城市园林绿化行政处罚"): {
                "content": "处罚依据;处罚条件;处罚程序",
                "legal_basis": ORDINANCE,
                "time_limit": "行政处罚决定作出之日起7个工作日内",
                "limit_days": 7,
                "channels": _WEBSITE,
                **openly(COUNTY),
            },
            (MUNICIPAL, "市容环境卫生管理", "户外广告设置审批"): {
                "content": "申请条件;申请材料",
                "legal_basis": "《城市市容和环境卫生管理条例》",
                "time_limit": TWENTY,
                "channels": [Channel.WEBSITE, Channel.SERVICE_CENTER],
                **to("申请单位和个人", COUNTY),
            },
        },
    ),
    "qingpu.docx": Case(
        units={"区教育局": "县教育体育局"},
        defaults={"category": Category.MANAGEMENT, "tiers": [COUNTY, TOWNSHIP]},
        common={"time_limit": TWENTY, **openly(COUNTY, TOWNSHIP)},
        matters={
            (SCHOOLS, "政策文件", "教育法律"): {
                "content": "《教育法》;《义务教育法》;《教师法》",
                "legal_basis": ORDINANCE,
                "responsible_text": "县教育体育局",
                "channels": _WEBSITE,
            },
            (SCHOOLS, "政策文件", "规范性文件"): {
                "content": "部门和地方政府规章;各类教育政策文件",
                "legal_basis": ORDINANCE,
                "responsible_text": "县教育体育局",
                "channels": _WEBSITE,
            },
            (MUNICIPAL, "城镇燃气管理", "燃气经营许可证核发"): {
                "content": "申请条件;申请材料;申请流程;法定依据",
                "legal_basis": "《城镇燃气管理条例》",
                "responsible_text": _BUILDING,
                "channels": [Channel.WEBSITE, Channel.OTHER],
            },
        },
    ),
    "pingwu.xlsx": Case(
        columns={"J": Meaning.IGNORED},
        defaults={
            "category": Category.RESULT,
            "audience": Audience.PUBLIC,
            "tiers": [TOWNSHIP],
        },
        common={
            "legal_basis": "建村〔2017〕192号",
            "time_limit": "信息形成之日起7个工作日内",
            "limit_days": 7,
            "responsible_text": "各乡镇人民政府",
            "channels": _WEBSITE,
            "audience": Audience.PUBLIC,
            "tiers": [TOWNSHIP],
        },
        matters={
            (HOUSES, "条件与标准", "资金补助标准"): {
                "content": "补助标准",
                "method": Method.PROACTIVE,
            },
            (HOUSES, "结果公开", "对象认定结果"): {
                "content": "拟补助对象名单",
                "method": Method.ON_REQUEST,
            },
        },
    ),
    "kangbashi.xlsx": Case(
        common={"responsible_text": "县应急管理局", "channels": _WEBSITE},
        matters={
            (RELIEF, "备灾管理", "灾害信息员队伍", "灾害信息员通讯录"): {
                "content": "工作职责;办公电话",
                "legal_basis": ORDINANCE,
                "time_limit": TWENTY,
                **openly(COUNTY, TOWNSHIP),
            },
            (RELIEF, "备灾管理", "预警信息", "气象预警"): {
                "content": "预警级别;起始时间;影响范围",
                "legal_basis": "《突发事件应对法》",
                "time_limit": "即时",
                **openly(COUNTY),
            },
        },
    ),
    "dongguan.ods": Case(
        common={
            "legal_basis": "《公共租赁住房管理办法》",
            "time_limit": TWENTY,
            "responsible_text": _BUILDING,
            "channels": _WEBSITE,
            **openly(COUNTY),
        },
        matters={
            (HOUSING, "规划计划", "年度计划"): {"content": "年度建设计划任务量;年度计划项目信息"},
            (HOUSING, "规划计划", "中长期规划"): {"content": "规划目标;任务;项目;用地"},
        },
    ),
    "zhujian.xlsx": Case(
        matters={
            (HOUSING, "法规政策", "政策文件"): {
                "content": "文件名称;文号;发布部门;实施日期(可选)",
                "legal_basis": "国办发〔2017〕97号",
                "time_limit": TWENTY,
                "responsible_text": _BUILDING,
                "channels": [Channel.WEBSITE, Channel.NOTICE_BOARD],
                **openly(COUNTY),
            },
            (HOUSING, "配给管理", "公租房承租资格审核"): {
                "content": "申请受理;审核结果;异议渠道(可选)",
                "legal_basis": "国办发〔2017〕97号",
                "time_limit": "公示期不少于7日",
                "responsible_text": _BUILDING,
                "channels": [Channel.WEBSITE, Channel.NOTICE_BOARD],
                **openly(COUNTY, TOWNSHIP),
            },
            (MUNICIPAL, "市政设施建设类审批", "占用、挖掘城市道路审批"): {
                "content": "申请条件;申请材料;法定依据",
                "legal_basis": "《城市道路管理条例》",
                "time_limit": TWENTY,
                "responsible_text": "县城市管理行政执法局",
                "channels": _WEBSITE,
                **openly(COUNTY),
            },
        },
    ),
    "zhengdi.xlsx": Case(
        signs={"◆": True, "▲": True},
        matters={
            (LAND, "征地管理政策"): {
                "content": "法律法规和规章;规范性文件;〔*征地工作流程图〕",
                "legal_basis": ORDINANCE,
                "time_limit": TWENTY,
                "responsible_text": "县自然资源和规划局",
                "channels": [Channel.WEBSITE, Channel.SERVICE_CENTER, Channel.OTHER],
                **openly(COUNTY),
            },
            (LAND, "征地前期准备", "拟征收土地告知"): {
                "content": "拟征收土地用途;位置和范围;补偿标准及安置途径",
                "legal_basis": "《土地管理法》第四十七条",
                "time_limit": "收到批准文件之日起10个工作日内",
                "responsible_text": "县自然资源和规划局、各乡镇人民政府",
                "channels": [Channel.WEBSITE, Channel.NOTICE_BOARD],
                **to("面向拟征收土地所在地的村集体成员", COUNTY, TOWNSHIP, VILLAGE),
            },
            (LAND, "征地前期准备", "征地补偿安置方案听证"): {
                "content": "《听证通知书》",
                "legal_basis": "《自然资源听证规定》",
                "time_limit": "组织听证7个工作日前",
                "responsible_text": "县自然资源和规划局、各乡镇人民政府",
                "channels": [Channel.ON_SITE, Channel.NOTICE_BOARD],
                **to("被征地农民", COUNTY, TOWNSHIP, VILLAGE),
            },
        },
    ),
    "xilinhaote.xls": Case(
        signs={"t": True},
        common={"responsible_text": "县房屋征收管理办公室"},
        matters={
            (DEMOLITION, "法规政策", "国家层面法规政策"): {
                "content": "法律;行政法规",
                "legal_basis": ORDINANCE,
                "time_limit": TWENTY,
                "channels": [Channel.WEBSITE, Channel.SOCIAL_MEDIA],
                **openly(COUNTY),
            },
            (DEMOLITION, "征收", "启动要件"): {
                "content": "征收项目符合公共利益的相关材料",
                "legal_basis": "《国有土地上房屋征收与补偿条例》",
                "time_limit": "收到申请之日起20个工作日内答复",
                "channels": _WEBSITE,
                **to("申请人", COUNTY, method=Method.ON_REQUEST),
            },
            (DEMOLITION, "征收", "房屋调查登记"): {
                "content": "入户调查通知;调查结果",
                "legal_basis": "《国有土地上房屋征收与补偿条例》",
                "time_limit": "公示期不少于7日",
                "channels": [Channel.ON_SITE, Channel.OTHER],
                **to("被征收人", COUNTY),
            },
        },
    ),
}
