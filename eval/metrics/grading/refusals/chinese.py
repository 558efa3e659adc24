"""Refusals in Chinese: what is left of a sentence when the words of a refusal are taken out of it. Knows simplified and common
traditional signs."""

from __future__ import annotations

import re

from eval.metrics.grading.words import listed

_SIMPLE = str.maketrans(
    "沒無確說資訊檔內關問題據這個們請對應該給為來從難並還數據時處間絡會兩頁條員實樣",
    "没无确说资讯档内关问题据这个们请对应该给为来从难并还数据时处间络会两页条员实样",
)
_SAYS = re.compile(
    r"不知道|不清楚|不确定|不了解|不晓得|不得而知|不太清楚|不太确定|未知|不详|不明确|不明|无可奉告|不适用|无从(?:得知|知晓|判断|回答)|"
    r"(?:无法|不能|没法|难以|未能|没办法|很难)(?:直接|从中|从|得出|准确|明确|给出|进行|得出|找到|提供|确定|回答|得知|判断|知道|确认|推断|查到|获取|作答|获知|"
    r"答复|说明|解答|推测|看出|文|中|资料|原文|材料|内容|上述|文档|文本|信息|答案|这个|该|此|您的|你的|问题|的)*(?:确定|回答|得知|判断|知道|确认|推断|查到|"
    r"获取|作答|获知|答复|解答|答案|信息|看出|答)|信息不足|资料不足|不够回答|查不到|找不到|没找到|"
    r"(?:无法|不能|没法|难以)(?:根据|基于|从|由)[^\d\s]{1,14}?(?:回答|判断|确定|得出|得知|知道|作答)|"
    r"(?:没有|并无|无|缺乏|未找到|没有找到|找不到)(?:任何)?(?:关于|有关)[^\d\s]{1,12}?的(?:相关)?(?:信息|内容|说明|资料|记录|介绍|数据|描述)|"
    r"看不出|没有答案|无答案|没提|未提|只能猜测|不便猜测"
)
_LACKS = re.compile(r"(?:并没有|并未|没有|没|未|均未|暂无|无|缺乏|缺少|缺失)")
_TELLS = re.compile(r"提到|提及|说明|涉及|找到|记载|指出|写明|写到|写|列出|描述|说|讲|透露|规定|注明|交代|谈到")
_HAS = re.compile(r"给出|提供|包含|回答|答案|信息|内容|资料|数据|记录|说法|线索|依据|介绍")
_SOURCE = re.compile(r"资料|文档|文件|文本|文章|文中|原文|上下文|段落|材料|手册|来源|页面|章节|片段")
_FILL = sorted(
    listed(
        "抱歉 对不起 很抱歉 非常抱歉 不好意思 遗憾 很遗憾 我 我们 你 您 这 那 该 此 本 这个 那个 这一 这些 那些 "
        "根据 依据 按照 基于 从 在 由 所 已 提供 给出 给定 现有 上述 以上 以下 的 了 中 里 上 内 来看 而言 资料 "
        "文档 文件 文本 文章 文中 原文 上下文 段落 材料 手册 信息 内容 来源 页面 章节 片段 问题 答案 回答 相关 任何 "
        "有关 具体 明确 直接 足够 充分 目前 暂时 现在 也 并 还 都 均 就 是 有 对 对此 关于 来 方面 一点 其 它 "
        "可以 能 够 得 到 因此 所以 恐怕 很 这方面 此事 这点 这件事 部分 包括 包含 出现 当中 之中 请 更多 需要 "
        "补充 说明 清楚 准确 确切 实际 暂 未 没有 没 无 和 与 或 以 及 您的 你的 而 但 作为 人工智能 助手 模型 "
        "语言 一个 一 问 过 资讯 内文 库 知识 知识库 题目 题 什么 文 数据 详细 细节 描述 提到 提及 找到 指出 涉及 "
        "查找 检索 确定 判断 推断 可 供 用 于 里面 里边 地 呢 啊 哦 吧 因为 由于 "
        "日期 时间 价格 人数 数量 名字 姓名 地点 原因 金额 作者 费用 年份"
    ),
    key=len,
    reverse=True,
)
_ANY_FILL = re.compile("|".join(map(re.escape, _FILL)))
_TOPIC = re.compile(r"(?:关于|有关|对于|对|就)[^\d\s]{1,12}?(?=并没有|没有|并未|均未|未|没|不|无)")
ROOM = 12
"""Signs of a subject that a source may be silent on."""


def refuses(sentence: str) -> bool:
    """Whether a sentence says that the answer is not known and nothing else."""
    text = re.sub(r"[^\w]", "", sentence.translate(_SIMPLE))
    if re.search(r"\d|可能|大概|也许|或许|估计|应该是|一般|通常|往往|[二两三四五六七八九十百千]+[天日月年个元岁周次名位小时分]", text):
        return False
    text = _TOPIC.sub("", text)
    if _SAYS.search(text) and not _left(_SAYS.sub("", text)):
        return True
    lacks = _LACKS.search(text)
    if lacks is None:
        return False
    ahead, behind = text[: lacks.start()], text[lacks.end() :]
    tells = _TELLS.search(behind)
    if tells and not _left(ahead) and not _left(behind[: tells.start()]) and len(_left(behind[tells.end() :])) <= _room(text):
        return True
    return bool(_HAS.search(behind)) and not _left(ahead) and not _left(_HAS.sub("", behind))


def filler(sentence: str) -> bool:
    """Whether it claims nothing at all."""
    return not _left(re.sub(r"[^\w]", "", sentence.translate(_SIMPLE)))


def _left(text: str) -> str:
    return _ANY_FILL.sub("", text)


def _room(text: str) -> int:
    return ROOM if _SOURCE.search(text) or text.startswith("文") else 0
