"""What the workbooks in this folder hold, cell by cell, after tables that counties published.

``<`` joins a cell to the one on its left, ``^`` to the one above. ``build`` writes the files.
"""

LEFT, UP = "<", "^"


def wide(text, width):
    """A line across the table."""
    return [text, *[LEFT] * (width - 1)]


#: The thirteen boxes as the national form prints them, two in a line.
def boxes(chosen, on="■", off="□", other="其他____"):
    names = [
        ("政府网站", "政府公报"),
        ("两微一端", "发布会/听证会"),
        ("广播电视", "纸质媒体"),
        ("公开查阅点", "政务服务中心"),
        ("便民服务站", "入户/现场"),
        ("社区/企事业单位/村公示栏（电子屏）",),
        ("精准推送", other),
    ]
    return "\n".join(
        " ".join((on if name in chosen else off) + name for name in line) for line in names
    )


TWENTY = "自该信息形成或者变更之日起20个工作日内"
ORDINANCE = "《中华人民共和国政府信息公开条例》（国令第711号）"

HEADER_14 = [
    ["序号", "公开事项", LEFT, "公开内容（要素）", "公开依据", "公开时限", "公开主体",
     "公开渠道和载体", "公开对象", LEFT, "公开方式", LEFT, "公开层级", LEFT],
    [UP, "一级事项", "二级事项", UP, UP, UP, UP, UP, "全社会", "特定群体", "主动", "依申请",
     "县级", "乡、村级"],
]  # fmt: skip

# 浮梁、九江: a third level, one line of header for it, the title numbered as in the compilation.
FULIANG = [
    wide("（二）救灾领域基层政务公开标准目录", 16),
    ["序号", "公开事项", LEFT, LEFT, "公开内容\n（要素）", "公开依据", "公开时限", "公开主体",
     "公开渠道和载体", "公开对象", LEFT, "公开方式", LEFT, "公开层级", LEFT, LEFT],
    [UP, "一级\n事项", "二级\n事项", "三级\n事项", UP, UP, UP, UP, UP, "全社会", "特定群众",
     "主动", "依申请公开", "县级", "乡级", "村级"],
    [1, "救灾政策文件", "法律法规", "—", "与救灾有关的法律、法规", ORDINANCE, TWENTY, "县应急管理局",
     boxes({"政府网站", "公开查阅点"}), "√", None, "√", None, "√", "√", None],
    [2, UP, "部门和地方规章", "应急管理部规章", "规章名称；文号；正文", ORDINANCE, UP, UP, UP,
     "√", None, "√", None, "√", "√", None],
    [3, UP, UP, "省政府规章", "规章名称；文号；正文", UP, UP, UP, UP, "√", None, "√", None, "√", "√",
     None],
    [4, "灾后救助", "救助审定信息", "冬春救助对象", "救助对象户主姓名；\n所在村组；\n救助金额",
     "《自然灾害救助条例》第二十一条", "公示期不少于7日", "乡镇人民政府、县应急管理局",
     boxes({"政府网站", "社区/企事业单位/村公示栏（电子屏）"}), None, "√受灾困难群众", "√", None, None,
     "√", "√"],
    wide("注：“■”为选用的渠道。", 16),
]  # fmt: skip

# 乌拉盖: 五公开分类 and telephones at the end; full-width digits.
WULAGAI = [
    wide("乌拉盖管理区保障性住房领域基层政务公开标准目录", 16),
    [*HEADER_14[0][:12], "公开层级", LEFT, "五公开分类", "咨询及监督电话"],
    [*HEADER_14[1][:12], "旗级", "苏木镇（嘎查村）级", UP, UP],
    ["１", "法规政策", "法律法规", "1.文件名称；2.文号；3.正文", "《公共租赁住房管理办法》",
     "信息形成（变更）之日起２０个工作日内", "县住房和城乡建设局", boxes({"政府网站"}), "√", None, "√",
     None, "√", None, "决策公开", "0479-3350000"],
    ["２", "建设管理", "立项信息", "1.项目名称；2.建设地点；3.投资金额", ORDINANCE,
     "信息形成（变更）之日起２０个工作日内", "县住房和城乡建设局", boxes({"政府网站", "两微一端"}), "√",
     None, "√", None, "√", None, "执行公开", "0479-3350000"],
    ["３", UP, "任务完成进度", "1.实际开工套数；2.基本建成套数", "同上", "每月后10个工作日内", "同上",
     "同上", "√", None, "√", None, "√", None, "结果公开", UP],
]  # fmt: skip

# 东阳: 同上, 公开格式 and 五公开 in boxes; a Word table below its title.
DONGYANG = [
    ["序号", "公开事项", LEFT, "公开内容(要素)", "公开依据", "公开时限", "公开主体", "公开渠道和载体",
     "公开对象", LEFT, "公开方式", LEFT, "公开层级", LEFT, "公开格式", "五公开"],
    [UP, "一级事项", "二级事项", UP, UP, UP, UP, UP, "全社会", "特定群体", "主动", "依申请", "县级",
     "乡、村级", UP, UP],
    ["1", "政策文件", "行政法规、规章", "●中央及地方涉及扶贫领域的行政法规 ●规章", ORDINANCE, TWENTY,
     "县扶贫开发局、各乡镇人民政府", boxes({"政府网站", "政府公报"}, on="☑", off="☐"), "√", "", "√", "",
     "√", "√", "■文本 □图表", "■决策 □执行 □管理 □服务 □结果"],
    ["2", "扶贫对象", "贫困人口识别", "识别标准；识别程序；识别结果", "《扶贫开发建档立卡工作方案》",
     "同上", "同上", boxes({"政府网站", "入户/现场"}, on="☑", off="☐"), "√", "", "√", "", "", "√",
     "■文本 □图表", "□决策 □执行 ■管理 □服务 □结果"],
    ["3", UP, "贫困人口退出", "退出计划；退出标准；退出程序", "同上", "同上", "同上", "同上", "√", "",
     "√", "", "", "√", "同上", "□决策 □执行 □管理 □服务 ■结果"],
]  # fmt: skip

# 开化: a column of domains with codes, three tiers, slips of the pen in the boxes.
KAIHUA = [
    wide("开化县政府信息公开标准目录（2025年版）", 16),
    ["序号", "公开领域（编码）", "公开事项", LEFT, "公开内容（要素）及要求", "公开依据", "公开时限",
     "公开主体", "公开渠道和载体", "公开对象", LEFT, "公开方式", LEFT, "公开层级", LEFT, LEFT],
    [UP, UP, "一级事项", "二级事项", UP, UP, UP, UP, UP, "全社会", "特定群体", "主动", "依申请", "县级",
     "乡级", "村级"],
    ["1101", "公共资源配置（11）", "工程建设项目招标投标信息", "招标公告",
     "招标项目名称；\n获取招标文件的时间和\n方式；\n招标人名称", "《招标投标法》；\n《招标公告和公示信息发布\n管理办法》",
     "及时公开", "公共资源交易中心", "■政府网站 口政府公报\n■招标投标公共服务平台\n口发布会听证会 口入户⁄现场",
     "√", None, "√", None, "√", None, None],
    ["1102", UP, UP, "中标结果公示", "中标人名称；中标价", "《招标公告和公示信息发布管理办法》",
     "及时公开", UP, "■政府网站 口政府公报 ■一微一端 口行政服务中心", "√", None, "√", None, "√", None,
     None],
    ["0701", "义务教育（07）", "招生管理", "招生计划", "各校本年度招生计划", ORDINANCE, TWENTY,
     "教体局", "■政府网站 ■村居/企事业单位公示栏 口精准推送", "√", None, "√", None, "√", "√",
     None],
]  # fmt: skip

# 贡山: the prefecture's tier beside the county's, townships and villages in one column; old Excel.
GONGSHAN = [
    wide("农村危房改造领域基层政务公开标准目录", 15),
    [*HEADER_14[0][:12], "公开层级", LEFT, LEFT],
    [*HEADER_14[1][:12], "州级", "县级", "乡(镇)村级"],
    [1, "政策文件", "农村危房改造相关文件", "文件标题；文号；有效性", ORDINANCE, TWENTY,
     "住房和城乡建设局", boxes({"政府网站"}), "√", None, "√", None, "√", "√", None],
    [2, "条件与标准", "农村危房等级评定标准", "等级评定相关标准", "建村〔2018〕115号", UP, UP, UP,
     "√", None, "√", None, None, "√", "√"],
    [3, None, "资金补助标准", "补助标准（分类、分档金额）", "建村〔2017〕192号", UP, UP, UP, "√", None,
     "√", None, None, "√", "√"],
]  # fmt: skip

# 温泉: 市/县/乡, ticks as letters and ones; saved by another office suite.
WENQUAN = [
    wide("附件3", 15),
    wide("温泉县农村危房改造领域基层政务公开标准目录", 15),
    [*HEADER_14[0][:12], "公开层级", LEFT, LEFT],
    [*HEADER_14[1][:12], "市级", "县级", "乡级"],
    ["1", "计划实施", "任务分配", "年度任务分配；危房改造补助农户名单", "建村〔2017〕192号",
     "分配结果确定后20个工作日内", "县住房和城乡建设局、各乡镇人民政府", "政府网站、公示栏、入户现场", "v",
     None, "V", None, None, "1", "是"],
    ["2", "结果公开", "改造结果", "竣工验收情况；补助资金发放情况", "建村〔2017〕192号",
     "公示期不少于7日", "各乡镇人民政府", "村公示栏", "否", "申请农户", "是", "×", "0", "0", "1"],
]  # fmt: skip

# 德安: one column of tiers, for the townships; the header in a single row.
DEAN = [
    ["编号", "公开事项（一级）", "公开事项（二级）", "公开内容", "公开依据", "公开时限", "公开主体",
     "公开渠道", "全社会", "特定群众", "主动公开", "依申请公开", "乡级"],
    [1, "扶贫资金", "年度计划", "资金计划批复文件；计划完成情况", ORDINANCE, 20, "各乡镇人民政府",
     "■政府网站■公示栏", "√", "-", "√", "-", "√"],
    [2, "扶贫项目", "项目实施", "项目名称；资金来源；\n绩效目标", ORDINANCE, "20个工作日",
     "各乡镇人民政府", "■政府网站■公示栏", "√", "-", "√", "-", "√"],
]  # fmt: skip

# 江岸: no tiers, the number merged with the first level, an element on each line of its own.
JIANGAN = [
    wide("市政服务领域基层政务公开标准目录", 12),
    HEADER_14[0][:12],
    HEADER_14[1][:12],
    [1, "城市园林绿化管理", "城市园林绿化行政审批", "申请条件\n申请材料\n申请流程\n法定依据",
     "《城市绿化条例》", TWENTY, "县城市管理行政执法局", "■政府网站\n■政务服务中心", "√", None, "√",
     None],
    [UP, UP, "城市园林绿化行政处罚", "处罚依据\n处罚条件\n处罚程序", ORDINANCE,
     "行政处罚决定作出之日起7个工作日内", UP, "■政府网站", "√", None, "√", None],
    [2, "市容环境卫生管理", "户外广告设置审批", "申请条件\n申请材料", "《城市市容和环境卫生管理条例》",
     TWENTY, UP, "■政府网站\n■政务服务中心", None, "申请单位和个人", "√", None],
]  # fmt: skip

# 青浦: a Word document with two tables, each below its title, and no tiers.
QINGPU_1 = [
    HEADER_14[0][:12],
    HEADER_14[1][:12],
    ["1", "政策文件", "教育法律", "《教育法》；《义务教育法》；《教师法》", ORDINANCE, TWENTY, "区教育局",
     "■政府网站 □政府公报", "√", "", "√", ""],
    ["^", "^", "规范性文件", "部门和地方政府规章；各类教育政策文件", ORDINANCE, TWENTY, "区教育局",
     "■政府网站 □政府公报", "√", "", "√", ""],
]  # fmt: skip
QINGPU_2 = [
    HEADER_14[0][:12],
    HEADER_14[1][:12],
    ["1", "城镇燃气管理", "燃气经营许可证核发", "申请条件；申请材料；申请流程；法定依据",
     "《城镇燃气管理条例》", TWENTY, "县住房和城乡建设局", "■政府网站 ■其他：上海燃气网", "√", "", "√",
     ""],
]  # fmt: skip

# 平武: 公开属性 and telephones instead of ticks; shorter limits.
PINGWU = [
    wide("平武县平通羌族乡农村危房改造领域基层政务公开标准目录", 12),
    ["序号", "一级事项", "二级事项", "公开内容（要素）", "公开依据", "公开时限", "公开主体",
     "公开渠道和载体", "公开属性", "公开方式", "咨询电话", "监督举报电话"],
    [1, "条件与标准", "资金补助标准", "补助标准", "建村〔2017〕192号", "信息形成之日起7个工作日内",
     "各乡镇人民政府", "政府网站", "主动公开", "全文发布", "0816-8840000", "12345"],
    [2, "结果公开", "对象认定结果", "拟补助对象名单", "建村〔2017〕192号", "信息形成之日起7个工作日内",
     "各乡镇人民政府", "政府网站", "依申请公开", "全文发布", "0816-8840000", "12345"],
]  # fmt: skip

# 康巴什: a third row of header, and columns about the law and the office.
KANGBASHI = [
    wide("应急管理局救灾领域政务公开标准目录", 19),
    ["序号", "公开事项", LEFT, LEFT, "公开标准", LEFT, LEFT, LEFT, LEFT, LEFT, LEFT, LEFT,
     "公开对象和方式", LEFT, LEFT, LEFT, "公开层级", "责任科室", "对应职责"],
    [UP, "一级事项", "二级事项", "三级事项", "公开内容（要素）", "公开依据", "条款内容",
     "依据效力（位阶）", "事项类别", "公开时限", "公开主体", "公开渠道和载体", "公开对象", LEFT,
     "公开方式", LEFT, UP, UP, UP],
    [UP, UP, UP, UP, UP, UP, UP, UP, UP, UP, UP, UP, "全社会", "特定群体", "主动", "依申请", UP, UP, UP],
    [1, "备灾管理", "灾害信息员队伍", "灾害信息员通讯录", "工作职责；办公电话", ORDINANCE,
     "第二十条", "行政法规", "法定公开", TWENTY, "应急管理局", "■政府网站", "√", None, "√", None,
     "县级、乡级", "减灾科", "灾害信息员管理"],
    [2, UP, "预警信息", "气象预警", "预警级别；起始时间；影响范围", "《突发事件应对法》", "第四十三条",
     "法律", "法定公开", "即时", "应急管理局", "■政府网站", "√", None, "√", None, "县级", "减灾科", UP],
]  # fmt: skip

# 东莞: addresses of the columns on the web; a hidden sheet of lists beside it.
DONGGUAN = [
    wide("东城街道保障性住房领域基层政务公开标准目录", 15),
    [*HEADER_14[0], "网址"],
    [*HEADER_14[1], UP],
    ["1", "规划计划", "年度计划", "年度建设计划任务量;年度计划项目信息", "《公共租赁住房管理办法》", TWENTY,
     "县住房和城乡建设局", boxes({"政府网站"}), "√", None, "√", None, "√", None,
     "http://www.example.gov.cn/bzxzf/"],
    ["2", UP, "中长期规划", "规划目标;任务;项目;用地", UP, UP, UP, UP, "√", None, "√", None, "√", None,
     UP],
]  # fmt: skip
HIDDEN_LISTS = [["公开时限选项"], ["20个工作日"], ["即时"]]

# 住建: ● must, 〇 may; two tables in one sheet, the header again on each printed page.
ZHUJIAN_HEADER = [
    ["序号", "公开事项", LEFT, "公开内容", "公开依据", "公开时限", "公开主体", "公开渠道和载体",
     "公开对象", LEFT, "公开方式", LEFT, "公开层级", LEFT],
    [UP, "一级事项", "二级事项", UP, UP, UP, UP, UP, "全社会", "特定群体", "主动", "依申请", "县级", "乡级"],
]  # fmt: skip
ZHUJIAN = [
    wide("（十三）保障性住房领域基层政务公开标准目录", 14),
    *ZHUJIAN_HEADER,
    [1, "法规政策", "政策文件", "●文件名称 ●文号\n●发布部门 ○实施日期", "国办发〔2017〕97号", TWENTY,
     "县住房和城乡建设局", "■政府网站\n■公示栏", "√", None, "√", None, "√", None],
    *ZHUJIAN_HEADER,
    [2, "配给管理", "公租房承租资格审核", "●申请受理\n●审核结果\n〇异议渠道", "国办发〔2017〕97号",
     "公示期不少于7日", "县住房和城乡建设局", "■政府网站\n■公示栏", "√", None, "√", None, "√", "√"],
    wide("注：●必选 〇可选", 14),
    [None],
    wide("（十四）市政服务领域基层政务公开标准目录", 14),
    *ZHUJIAN_HEADER,
    [1, "市政设施建设类审批", "占用、挖掘城市道路审批", "●申请条件 ●申请材料 ●法定依据",
     "《城市道路管理条例》", TWENTY, "县城市管理行政执法局", "■政府网站", "√", None, "√", None, "√", None],
    ["制表单位：住房和城乡建设部"],
]  # fmt: skip

# 征地: no second level, groups behind the tick, ◆ and ▲ for channels used at once and later.
ZHENGDI = [
    wide("农村集体土地征收领域基层政务公开标准目录", 14),
    *HEADER_14,
    [1, "征地管理政策", "—", "法律法规和规章；\n规范性文件；\n〔*征地工作流程图〕", ORDINANCE,
     TWENTY, "自然资源和规划局", "◆政府网站 ◆政务服务中心 ◆征地信息公开平台", "√", None, "√", None,
     "√", None],
    [2, "征地前期准备", "拟征收土地告知", "拟征收土地用途；位置和范围；补偿标准及安置途径",
     "《土地管理法》第四十七条", "收到批准文件之日起10个工作日内", "自然资源和规划局、各乡镇人民政府",
     "◆村公示栏 ▲政府网站", None, "√面向拟征收土地所在地的村集体成员", "√", None, "√", "√"],
    [3, UP, "征地补偿安置方案听证", "《听证通知书》", "《自然资源听证规定》",
     "组织听证7个工作日前", UP, "◆村公示栏 ◆入户/现场", None, "√被征地农民", "√", None, "√", "√"],
]  # fmt: skip

# 锡林浩特: four-digit codes, and what symbol fonts left of the boxes.
XILINHAOTE = [
    wide("锡林浩特市国有土地上房屋征收与补偿领域基层政务公开标准目录", 14),
    [*HEADER_14[0][:12], "公开层级", LEFT],
    [*HEADER_14[1][:12], "市级", "苏木镇级"],
    ["0505", "1. 法规政策", "1.1 国家层面法规政策", "法律；行政法规", ORDINANCE, TWENTY,
     "房屋征收管理办公室", "R政府网站 £政府公报\nR两微一端 £发布会听证会", "√", None, "√", None, "√",
     None],
    ["0506", "2. 征收", "2.1 启动要件", "征收项目符合公共利益的相关材料", "《国有土地上房屋征收与补偿条例》",
     "收到申请之日起20个工作日内答复", UP, "t政府网站 口政府公报 口公示栏", None, "申请人", None, "√", "√",
     None],
    ["0507", UP, "2.2 房屋调查登记", "入户调查通知；调查结果", UP, "公示期不少于7日", UP,
     "£政府网站 R入户⁄现场 R其他：征收范围内公告栏", None, "√被征收人", "√", None, "√", None],
]  # fmt: skip

#: File → its sheets, each a name and the rows; of a document the paragraphs and tables in turn.
WORKBOOKS = {
    "fuliang.xlsx": [("救灾", FULIANG)],
    "wulagai.xlsx": [("Sheet1", WULAGAI)],
    "kaihua.xlsx": [("目录", KAIHUA)],
    "gongshan.xls": [("Sheet1", GONGSHAN)],
    "wenquan.ods": [("Sheet1", WENQUAN)],
    "dean.xlsx": [("扶贫领域", DEAN)],
    "jiangan.xls": [("Sheet1", JIANGAN)],
    "pingwu.xlsx": [("Sheet1", PINGWU)],
    "kangbashi.xlsx": [("Sheet1", KANGBASHI)],
    "dongguan.ods": [("Sheet1", DONGGUAN), ("选项", HIDDEN_LISTS)],
    "zhujian.xlsx": [("标准目录", ZHUJIAN)],
    "zhengdi.xlsx": [("Sheet1", ZHENGDI)],
    "xilinhaote.xls": [("Sheet1", XILINHAOTE)],
}
DOCUMENTS = {
    "dongyang.docx": ["东阳市扶贫领域基层政务公开标准目录", DONGYANG, "注：■为选用。"],
    "qingpu.docx": [
        "附件：青浦区基层政务公开标准目录汇编",
        "一、义务教育领域基层政务公开标准目录",
        QINGPU_1,
        "二、市政服务领域基层政务公开标准目录",
        QINGPU_2,
    ],
}
HIDDEN = {"选项"}
