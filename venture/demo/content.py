"""The invented people, bodies, villages, projects and matters of the demonstration; none of them exists.

Amounts in yuan. The record's own totals stand in DECLARED with their source and never meet the worked rows.
"""

from typing import NamedTuple

from venture.people.models import Organization, Person
from venture.roles import Role
from venture.rounds.defaults import GoalLine, SetAsideLine
from venture.rounds.models import SetAsideKind

CARDS = (
    (Role.APPLICANT, "applicant", "周予安（虚构）", "项目负责人"),
    (Role.EXPERT, "expert1", "沈知白（虚构）", "高级社会工作师"),
    (Role.OPERATOR, "operator", "顾来仪（虚构）", "承办单位项目主管"),
    (Role.OFFICER, "officer", "陆明远（虚构）", "社会组织管理科科员"),
    (Role.APPROVER, "approver", "方守正（虚构）", "分管副局长"),
    (Role.FINANCE, "finance", "钱清如（虚构）", "财务科会计"),
    (Role.AUDITOR, "auditor", "严复核（虚构）", "审计人员"),
    (Role.CLERK, "clerk", "海小澜（虚构）", "村会计兼议事记录员"),
    (Role.ADMINISTRATOR, "administrator", "程有章（虚构）", "系统管理员"),
)
"""One person per role, entered by one press on the demonstration's first page: role, login, name, position."""

OTHERS = (
    (Role.EXPERT, "expert2", "柳成荫（虚构）", "社会工作系副教授"),
    (Role.EXPERT, "expert3", "金算盘（虚构）", "注册会计师"),
    (Role.EXPERT, "expert4", "田野间（虚构）", "社区治理研究员"),
    (Role.EXPERT, "expert5", "余音绕（虚构）", "社会组织联合会秘书长"),
    (Role.OFFICER, "officer2", "邵仔细（虚构）", "社会组织管理科副科长"),
    (Role.CLERK, "clerk2", "河小满（虚构）", "街道议事记录员"),
    (Role.EXPERT, "expert6", "秦镜明（虚构）", "律师"),
    (Role.EXPERT, "expert7", "安若素（虚构）", "社会工作系讲师"),
    (Role.EXPERT, "expert8", "石敢当（虚构）", "审计师"),
    (Role.EXPERT, "expert9", "白鹭洲（虚构）", "退休教师"),
    (Role.EXPERT, "expert10", "言必信（虚构）", "会计系副教授"),
    (Role.EXPERT, "expert11", "杜若洲（虚构）", "社区卫生服务中心医师"),
    (Role.EXPERT, "expert12", "江问渠（虚构）", "项目评估师"),
)
"""The rest of the bureau and the panel; no cards lead to them."""

EXPERTS = (
    ("expert1", "associate", "social_work old", ""),
    ("expert2", "associate", "social_work evaluation", "虚构大学"),
    ("expert3", "middle", "finance", ""),
    ("expert4", "senior", "governance", ""),
    ("expert5", "none", "evaluation women", ""),
    ("expert6", "middle", "law", ""),
    ("expert7", "middle", "youth social_work", "虚构大学"),
    ("expert8", "middle", "finance", ""),
    ("expert9", "senior", "youth", ""),
    ("expert10", "associate", "finance", "虚构大学"),
    ("expert11", "associate", "health old", ""),
    ("expert12", "junior", "evaluation", ""),
)
"""The pool: login, professional title, what each can judge, employer."""
RATES = {"senior": 2000, "associate": 1500, "middle": 1000, "junior": 800, "none": 800}
"""What an expert gets for a round, by title, in yuan."""
IDENTITY = "000000190001010017"
"""Of nobody: no region has this number."""
LEFT = {
    "expert8": ("blocked", "评审期间与申报单位私下接触（虚构）"),
    "expert9": ("retired", "本人提出退出（虚构）"),
}
"""Who of them is not drawn or invited any more, and why."""

CLERKS_VILLAGES = (0, 1)
"""The villages whose books the clerk with the card keeps."""


Bid = tuple["Project", Organization, Person]
"""What one organization applied with, and who pressed the button."""


class Village(NamedTuple):
    """A community: name, town, whether rural, households, residents."""

    name: str
    town: str
    rural: bool
    households: int
    residents: int


ISSUER = "海门市民政局（虚构）"
CONTACT = "海门市民政局社会组织管理科（虚构），虚构路1号\n办公电话：0513-00000000"
CLAUSES = "同一内容不得多头申报。\n项目资料请妥善保存，结项后归档。\n本公告由发布单位解释。"
BRIEFING = "虚构路1号三楼会议室（虚构）"
CAME = (
    ("来人甲（虚构）", "海门虚构社会工作服务中心", "0513-00000001"),
    ("来人乙（虚构）", "海门虚构志愿者协会", ""),
)
SET_ASIDES = (
    SetAsideLine(SetAsideKind.OPERATOR, 2_400_000, "承办单位（演示）"),
    SetAsideLine(SetAsideKind.EVALUATION, 1_000_000),
    SetAsideLine(SetAsideKind.EXPERTS, 600_000),
)
GOALS = (
    GoalLine("", "资助项目数", "个", 12),
    GoalLine("", "直接受益人数", "人", 3_000),
    GoalLine("", "参与协商议题数", "个", 15),
)

NEEDS = (
    (
        0,
        "晒场和村道夜里看不见，老人出门摔过跤",
        "三组、五组老人约90户",
        "居民一起议定装灯位置、电费来源和日常看管",
    ),
    (
        1,
        "留守儿童放学后没有去处，三处河边无人看护",
        "小学生约60人及其家庭",
        "有固定场所和大学生志愿者，每周至少三次",
    ),
)
"""What communities proposed before the call, by place among the villages: problem, whom it concerns, wish."""
QUESTIONS = (
    (
        "page",
        "一个单位作为依托单位申报后，自己还能再报一个吗？",
        "不能。作为依托单位申报的也计入本单位的申报数量，限报一个。",
    ),
    (
        "wechat",
        "群里问：审计报告还没出来，可以先提交吗？",
        "可以。审计报告不是必交材料，出具后在申报截止前补传即可。",
    ),
)
"""How a question came, what was asked, and what was answered."""

VILLAGES = (
    Village("望潮村（虚构）", "东洲镇（虚构）", True, 1120, 3460),
    Village("稻香村（虚构）", "东洲镇（虚构）", True, 980, 2890),
    Village("芦花村（虚构）", "东洲镇（虚构）", True, 760, 2130),
    Village("新河社区（虚构）", "江心街道（虚构）", False, 2140, 6120),
    Village("梧桐社区（虚构）", "江心街道（虚构）", False, 1890, 5340),
    Village("青石社区（虚构）", "江心街道（虚构）", False, 1560, 4410),
    Village("三圩村（虚构）", "沙地镇（虚构）", True, 1010, 3050),
    Village("南灶村（虚构）", "沙地镇（虚构）", True, 870, 2620),
    Village("北闸村（虚构）", "沙地镇（虚构）", True, 640, 1910),
    Village("海棠社区（虚构）", "滨海镇（虚构）", False, 1730, 4980),
    Village("灯塔村（虚构）", "滨海镇（虚构）", True, 920, 2740),
    Village("盐蒿村（虚构）", "滨海镇（虚构）", True, 580, 1720),
)

ORGANIZATIONS = (
    ("和邻社会工作服务中心（虚构）", "52", 4),
    ("议起来社区发展中心（虚构）", "52", 3),
    ("沙地乡贤联谊会（虚构）", "51", 3),
    ("圆桌社区营造服务社（虚构）", "52", 2),
    ("众言调解服务中心（虚构）", "52", 3),
    ("暖阳为老服务中心（虚构）", "52", 4),
    ("小海燕青少年服务中心（虚构）", "52", 3),
    ("同行助残服务中心（虚构）", "52", 3),
    ("半边天妇女互助会（虚构）", "51", 2),
    ("江风志愿者协会（虚构）", "51", 3),
    ("春泥家庭教育指导中心（虚构）", "52", 2),
    ("安心困境儿童关爱中心（虚构）", "52", 4),
    ("银铃老年协会（虚构）", "51", 2),
    ("绿苇环保志愿服务队（虚构）", "51", 1),
    ("心桥心理服务中心（虚构）", "52", 3),
    ("巧手残疾人手工合作社（虚构）", "52", 2),
    ("夕照临终关怀服务中心（虚构）", "52", 3),
    ("书香乡村阅读推广中心（虚构）", "52", 2),
    ("甘霖慈善基金会（虚构）", "53", 3),
    ("平安邻里巡防协会（虚构）", "51", 1),
    ("食光社区营养服务中心（虚构）", "52", 2),
    ("晨曦就业帮扶中心（虚构）", "52", 3),
)


class Project(NamedTuple):
    """A proposal; `villages` are places in VILLAGES, `asked` yuan, `liking` the panel's, of 100."""

    theme: str
    title: str
    field: str
    villages: tuple[int, ...]
    asked: int
    liking: int
    summary: str
    need: str
    lasting: str = ""


PROJECTS = (
    Project(
        "consultation",
        "邻里议事会陪伴计划",
        "old",
        (0, 1),
        40000,
        92,
        "陪伴两个村的民主协商理事会走完七步议事，把老人出行、垃圾点位这类小事议成、办成、有回音。",
        "入户走访 186 户，63% 的住户说出过一件“说了没人管”的小事；两村理事会成立一年，只开过 3 次会。",
    ),
    Project(
        "consultation",
        "老旧小区楼道协商行动",
        "need",
        (3, 4),
        40000,
        89,
        "以楼栋为单位开恳谈会，就加装扶手、照明分摊、停车秩序形成公约并监督执行。",
        "两社区 41 个单元中 17 个楼道照明损坏超过一年，分摊办法多次没谈拢。",
    ),
    Project(
        "consultation",
        "田埂上的评议会",
        "women",
        (6, 7),
        40000,
        86,
        "支持妇女代表牵头评议村级工程，学会看账、会提问、能反馈。",
        "两村近两年 9 项小工程，评议会到会者中妇女只占 14%。",
    ),
    Project(
        "consultation",
        "协商成果落地监督站",
        "disabled",
        (9, 10),
        40000,
        84,
        "协助社区监督已议定事项的实施，逐件回访并公开进度。",
        "2017 年议定的 12 件事，有 7 件居民说不清办到了哪一步。",
    ),
    Project(
        "consultation",
        "青年来议事",
        "youth",
        (5, 8),
        40000,
        81,
        "组织返乡与在校青年参加咨询会，为村里的活动场地和网络议题提出方案。",
        "16—30 岁居民近三年参加过议事会议的不足 2%。",
    ),
    Project(
        "consultation",
        "渔港民情茶座",
        "need",
        (11,),
        38000,
        74,
        "每月一次茶座收集渔民诉求，整理后交理事会。",
        "渔民常年出海，诉求靠捎话。",
    ),
    Project(
        "consultation",
        "一村一约修订行动",
        "women",
        (2, 6),
        40000,
        69,
        "协助修订村规民约。",
        "现行村规民约为 2009 年文本，多数住户没见过。",
    ),
    Project(
        "consultation",
        "网格长议事能力培训",
        "need",
        (4,),
        36000,
        57,
        "为网格长开设八次课程。",
        "网格长反映不会主持会议。",
    ),
    Project(
        "general",
        "独居老人每日一铃",
        "old",
        (0, 2),
        40000,
        93,
        "志愿者每日电话与上门结合，陪伴 120 位独居老人，建立健康与心愿台账。",
        "两村 70 岁以上独居老人 137 人，半数以上子女在外县。",
    ),
    Project(
        "general",
        "留守儿童周末书屋",
        "youth",
        (7, 8),
        38000,
        91,
        "利用村级活动室开设周末书屋与作业辅导。",
        "两村留守儿童 94 人，周末无人照看者 61 人。",
    ),
    Project(
        "general",
        "残疾人居家手作坊",
        "disabled",
        (9,),
        36000,
        90,
        "为重度残疾人提供材料、上门教学与销路。",
        "在册重度残疾人 58 人，有就业意愿 22 人。",
    ),
    Project(
        "general",
        "困境家庭一户一策",
        "need",
        (3, 5),
        40000,
        88,
        "社工个案跟进 40 户困境家庭。",
        "低保边缘户 73 户，多数不知道可申请的政策。",
    ),
    Project(
        "general",
        "新手妈妈互助圈",
        "women",
        (4,),
        32000,
        87,
        "产后六个月内的互助小组与入户指导。",
        "社区年新生儿 80 余名，外来媳妇占四成。",
    ),
    Project(
        "general",
        "失独家庭陪伴",
        "old",
        (5, 9),
        36000,
        85,
        "为 26 户失独家庭提供节日陪伴与就医陪同。",
        "失独家庭平均每年就医 11 次，多数独自前往。",
    ),
    Project(
        "general",
        "乡村心理驿站",
        "need",
        (1, 6),
        35000,
        84,
        "每周半天的心理咨询与转介。",
        "镇卫生院无心理门诊，最近的在 31 公里外。",
    ),
    Project(
        "general",
        "听障青年职业起步",
        "disabled",
        (3,),
        34000,
        83,
        "手语陪同面试与岗位跟进。",
        "辖区 18—35 岁听障者 31 人，稳定就业 9 人。",
    ),
    Project(
        "general",
        "小小河长行动",
        "youth",
        (0, 10),
        33000,
        82,
        "组织小学生巡河、记录与倡议。",
        "村级河道 14 条，暑期溺水隐患点 6 处。",
    ),
    Project(
        "general",
        "老年助餐点营养改善",
        "old",
        (4, 3),
        38000,
        80,
        "为三处助餐点改善菜单并做营养评估。",
        "抽样 60 位就餐老人，41 位蛋白摄入不足。",
    ),
    Project(
        "general",
        "反家暴邻里守望",
        "women",
        (2, 11),
        38000,
        79,
        "培训邻里志愿者识别与转介。",
        "近两年镇妇联接访 37 件，多为邻里首先知情。",
    ),
    Project(
        "general",
        "失业妇女家政技能",
        "women",
        (10,),
        36000,
        71,
        "开设两期家政技能班。",
        "村内 40—50 岁失业妇女 65 人。",
    ),
    Project(
        "general", "村史口述记录", "old", (8,), 30000, 68, "记录二十位老人的口述。", "村志编修缺少口述材料。"
    ),
    Project("general", "少年足球公益课", "youth", (9,), 38000, 64, "每周两次足球训练。", "社区无教练。"),
    Project("general", "广场舞音响更新", "old", (5,), 20000, 48, "购置音响设备。", "现有音响老旧。"),
)
"""Twenty-three proposals; in 2018 the five best of the theme and eleven of the general theme were funded."""

MANNERS = (
    {
        "who": "{title}所在村（社区）居民",
        "goal": "让{title}的对象有人管、有回音。",
        "first": "{title}入户建档",
        "then": "{title}每周活动",
        "last": "{title}回访评估",
        "feature": "{title}由居民自己议。",
        "risks": "雨天时{title}改到室内。",
    },
    {
        "who": "参加{title}的常住居民",
        "goal": "到年底{title}留下能接着做的办法。",
        "first": "为{title}走访摸底",
        "then": "每周开展{title}",
        "last": "请居民评{title}",
        "feature": "由参加{title}的人自己评。",
        "risks": "缺人手时{title}由志愿者轮值。",
    },
)
"""How proposals put what every proposal has to say: in the rounds before, and in the present one."""

COPIED = (
    "项目结束后，台账移交村老年协会，由两名组长按周轮值；志愿者每月碰头一次，说说谁家需要多去几趟；镇卫生院每季度派一位医生到场"
    "指导，所需茶水与交通从村集体公益金列支，不再另行申请资助。"
)
"""What two organizations wrote alike this year, word for word."""

RETOLD = {
    "邻里议事会陪伴计划": (
        "今年把陪伴延伸到小组：每个小组先议一轮，再带着办法上理事会。",
        "去年议成的 9 件事里，6 件由同一批老人推动，年轻住户很少到场。",
    ),
    "老旧小区楼道协商行动": (
        "请各楼栋选出“楼道当家人”，学着自己开会、自己收支、自己公布。",
        "上期公约签了 17 份，真正按月公布收支的只有 4 个楼道。",
    ),
    "田埂上的评议会": (
        "把评议从村级工程扩展到流转费、水费，年底当面对账。",
        "妇女代表提得最多的问题是“账看不懂”，两村均无人讲解。",
    ),
    "协商成果落地监督站": (
        "每件议定的事都挂牌，写明谁办、何时办完、找谁问。",
        "抽查 20 件已公示结果的事项，能找到经办人的只有 8 件。",
    ),
    "青年来议事": (
        "与镇中学合办模拟理事会，选三条学生提案进入正式议程。",
        "问卷回收 212 份，过半学生不知道村里有理事会。",
    ),
    "渔港民情茶座": (
        "茶座改到休渔期集中开，白天修网、傍晚议事。",
        "上年茶座平均到 5 人，休渔期外几乎无人。",
    ),
    "一村一约修订行动": (
        "逐条宣讲新约，按户签收，半年后评一次执行。",
        "修订稿贴出后只有 11 户提过意见。",
    ),
    "网格长议事能力培训": (
        "改为跟班实习：每位网格长主持两次真会议。",
        "听过课的 30 人中，主持过会议的不足三分之一。",
    ),
    "独居老人每日一铃": (
        "电话之外加装一键呼叫，铃响十分钟内邻居到门口。",
        "去年冬天两次跌倒都在夜里，电话没能及时接通。",
    ),
    "留守儿童周末书屋": (
        "由返乡大学生带读整本书，期末办一次村里的书展。",
        "书屋登记借阅 640 册次，三年级以上借得多、读完的少。",
    ),
    "残疾人居家手作坊": (
        "换做订单更稳的杯垫与香囊，由企业按月收货。",
        "上批绢花积压 300 件，八成学员希望有固定买家。",
    ),
    "困境家庭一户一策": (
        "把就业、就医、就学三张清单合成一张，半年更新。",
        "回访发现 12 户同时在三个部门重复填表。",
    ),
    "新手妈妈互助圈": (
        "增加外来媳妇方言小课与育儿结对。",
        "小组里外来媳妇占四成，多数听不懂入户指导。",
    ),
    "失独家庭陪伴": (
        "由固定的两位社工陪同住院，出院后三周内随访。",
        "上年陪诊 94 次，其中 31 次临时换人，家属意见集中于此。",
    ),
    "乡村心理驿站": (
        "驿站搬进村卫生室，与慢病随访同日开门。",
        "单独开门时有人怕“被看见”，过半预约最终没来。",
    ),
    "听障青年职业起步": (
        "与两家工厂约定带教师傅，头三个月手语员每周到岗。",
        "去年上岗 7 人，三个月内离职 4 人，都说开会听不到。",
    ),
    "小小河长行动": (
        "孩子们只认领离家最近的一段河，拍照对比四季。",
        "上期巡河集中在两条大河，家门口的沟渠没人看。",
    ),
    "老年助餐点营养改善": (
        "菜单减盐减油，并给咀嚼困难的老人备软食。",
        "三处助餐点平均每餐剩 18 份，剩得最多的是炒青菜。",
    ),
}
"""What this year's proposals say of themselves, by title: summary and need."""


class MatterTold(NamedTuple):
    """A matter; `project` and `village` are places in PROJECTS and VILLAGES, `uses` (kind, text)."""

    project: int
    village: int
    title: str
    source: str
    affected: int
    benefited: int | None
    kind: str
    outcome: str
    uses: tuple[tuple[str, str], ...]
    ended: str


MATTERS = (
    MatterTold(
        0,
        0,
        "村口公交站雨棚",
        "走访",
        120,
        118,
        "works",
        "在村口站加建雨棚，费用由村集体与乡贤捐助分担。",
        (("carried_out", "村委会组织施工，雨棚建成"), ("supervised", "理事会三人到场验收")),
        "resolved",
    ),
    MatterTold(
        0,
        0,
        "三组垃圾收集点移位",
        "微信群",
        80,
        76,
        "works",
        "收集点移到晒场北侧，每日清运两次。",
        (("carried_out", "新点位启用"), ("fed_back", "向 31 户反馈并收到 28 份回执")),
        "resolved",
    ),
    MatterTold(
        0,
        1,
        "独居老人钥匙托管办法",
        "恳谈会",
        64,
        60,
        "rule",
        "自愿托管，两人同时在场方可开门，登记可查。",
        (("carried_out", "24 户签订托管约定"), ("supervised", "每季抽查登记本")),
        "resolved",
    ),
    MatterTold(
        0,
        1,
        "河边护栏修补",
        "12345",
        45,
        44,
        "works",
        "修补 86 米护栏，先急后缓。",
        (("carried_out", "第一段 50 米完工"),),
        "resolved",
    ),
    MatterTold(
        0,
        1,
        "文化礼堂使用排期",
        "代表提议",
        150,
        90,
        "rule",
        "按周排期，红白事提前三天登记。",
        (("fed_back", "排期表张贴并在群内公布"),),
        "partly",
    ),
    MatterTold(
        1,
        3,
        "三号楼楼道照明分摊",
        "走访",
        96,
        96,
        "rule",
        "按户均摊，一楼减半，物业垫付后季度结清。",
        (("carried_out", "17 盏灯全部更换"), ("supervised", "楼长每月抄表公布")),
        "resolved",
    ),
    MatterTold(
        1,
        3,
        "小区消防通道停车",
        "12345",
        210,
        200,
        "rule",
        "划线禁停，业委会与物业联合劝导，三次后报交警。",
        (("referred", "交警大队答复并增设标线"), ("supervised", "志愿者巡查 40 次")),
        "resolved",
    ),
    MatterTold(
        1,
        4,
        "加装楼梯扶手",
        "问卷",
        72,
        70,
        "works",
        "三个单元加装扶手，居民自筹三成。",
        (("carried_out", "三个单元装完"),),
        "resolved",
    ),
    MatterTold(
        1,
        4,
        "宠物与绿地使用公约",
        "恳谈会",
        180,
        175,
        "rule",
        "设定遛犬时段与两处拾便点。",
        (("carried_out", "公约张贴、拾便点启用"), ("fed_back", "一个月后回访 60 户")),
        "resolved",
    ),
    MatterTold(1, 4, "快递柜选址", "微信群", 130, None, "works", "选址待物业回复。", (), "open"),
    MatterTold(
        2,
        6,
        "机耕路硬化工程评议",
        "代表提议",
        140,
        136,
        "works",
        "补做路肩，质保金延后半年支付。",
        (("supervised", "妇女代表三次查看路肩"), ("carried_out", "施工队返工完成")),
        "resolved",
    ),
    MatterTold(
        2,
        6,
        "村集体收支公开格式",
        "走访",
        300,
        260,
        "rule",
        "每季公开到每一笔，附凭证编号。",
        (("carried_out", "第三、四季度按新格式公开"),),
        "resolved",
    ),
    MatterTold(
        2,
        7,
        "妇女之家活动时间",
        "问卷",
        58,
        55,
        "service",
        "改为周二、周五晚，另设托幼角。",
        (("carried_out", "新时间表执行，平均到场 22 人"),),
        "resolved",
    ),
    MatterTold(
        2,
        7,
        "灌溉用水轮序",
        "恳谈会",
        110,
        108,
        "rule",
        "按田块编号轮灌，水泵由两户轮管。",
        (("carried_out", "当季轮灌 6 轮"), ("supervised", "评议会打分 9 人满意")),
        "resolved",
    ),
    MatterTold(2, 7, "池塘承包期限", "代表提议", 40, None, "rule", "未形成一致意见。", (), "unresolved"),
    MatterTold(
        3,
        9,
        "无障碍坡道维护责任",
        "走访",
        66,
        64,
        "rule",
        "物业日常维护，社区每季检查。",
        (("carried_out", "4 处坡道修复"), ("supervised", "残协会员试行并签字")),
        "resolved",
    ),
    MatterTold(
        3,
        9,
        "盲道占用整治",
        "12345",
        48,
        46,
        "proposal",
        "请城管部门清理占道，商户签订承诺。",
        (("referred", "城管中队书面答复并清理 11 处"),),
        "resolved",
    ),
    MatterTold(
        3,
        10,
        "渔港照明改造进度",
        "代表提议",
        90,
        85,
        "works",
        "按原方案分两期实施，每月公布进度。",
        (("supervised", "监督站每月公布进度表"), ("carried_out", "一期 18 盏点亮")),
        "resolved",
    ),
    MatterTold(
        3,
        10,
        "码头公厕管护",
        "微信群",
        75,
        None,
        "service",
        "已商定轮值，尚待试行。",
        (("carried_out", "试行第一个月"),),
        "open",
    ),
    MatterTold(
        4,
        5,
        "社区活动室开放时间",
        "问卷",
        160,
        150,
        "service",
        "工作日延长至 21 点，由青年轮值。",
        (("carried_out", "轮值表执行三个月"), ("fed_back", "向提议学生逐一反馈")),
        "resolved",
    ),
    MatterTold(
        4,
        5,
        "篮球场夜间噪声",
        "12345",
        88,
        86,
        "mediation",
        "21 点熄灯，围网加装缓冲条。",
        (("carried_out", "缓冲条装好"), ("supervised", "邻近住户测噪两次")),
        "resolved",
    ),
    MatterTold(
        4,
        8,
        "村内网络基站选址",
        "恳谈会",
        130,
        120,
        "proposal",
        "选址改到仓库北侧，离住户 60 米以上。",
        (("referred", "运营商答复并按新址施工"),),
        "resolved",
    ),
    MatterTold(
        4,
        8,
        "返乡青年共享工位",
        "走访",
        34,
        30,
        "service",
        "旧小学两间教室改为共享工位。",
        (("carried_out", "10 个工位启用"),),
        "resolved",
    ),
    MatterTold(
        4, 8, "乡村夜市摊位", "微信群", 70, None, "rule", "提案不符合用地规定，不予受理。", (), "rejected"
    ),
)
"""Two dozen matters of 2018."""

DECLARED = (
    ("communities", "全市社区（村）总数（由三项比例反推）", 293, "个", ""),
    ("centres", "建成 400 平方米以上社区服务中心", 286, "个", "communities"),
    ("halls", "建成 60 平方米以上一站式服务大厅", 288, "个", "communities"),
    ("harmonious", "达到省和谐社区建设标准", 282, "个", "communities"),
    ("platforms", "已开始搭建协商平台的社区（不等于已成立理事会）", 156, "个", "communities"),
    ("matters", "累计解决公共事务", 621, "件", ""),
    ("residents", "累计受益居民（人次口径未注明）", 21000, "人", ""),
    ("council_meetings", "民主理事会", 231, "次", ""),
    ("open_talks", "民主恳谈会", 38, "次", ""),
    ("appraisals", "民主评议会", 27, "次", ""),
    ("hearings", "民主听证会", 2, "次", ""),
    ("consultations", "民主咨询会", 8, "次", ""),
    ("round_money", "第三届公益创投资金总额（约数）", 600000, "元", ""),
    ("theme_money", "第三届公益创投社区协商专题资金", 200000, "元", "round_money"),
    ("social_workers", "持证社会工作者", 732, "人", ""),
)
SOURCE = "海门市城乡社区协商工作公开介绍（2018年）"


def address(key: str) -> str:
    """The e-mail of an invented person; the domain is reserved and reaches nobody."""
    return f"{key}@venture.invalid"
