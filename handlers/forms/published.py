"""Before a request is filed: is it public already, and is it a request for information at all?"""

import re

from config.texts import say
from handlers.deps import Deps
from handlers.turn import Session
from intents.decision import Context, Decision
from knowledge.search import terms

SURE = 0.7
SHARED = 0.6  # of the pairs of characters of the request that a passage must hold
PAIRS = 4
SHOWN = 220  # characters of an answer that are shown

_WANTS = {
    "complaint": re.compile(r"退(?:款|货|钱|一赔)|赔(?:偿|钱|我)|换货|不给(?:退|换|修)|给我(?:退|换|修|赔)"),
    "report": re.compile(
        r"(?:查处|查封|严惩|处罚)(?:他|这|那|该)|(?:去|来)查(?:查|一下|处)|举报|无证经营|卖假"
    ),
    "petition": re.compile(
        r"信访|上访|反映.{0,12}(?:问题|情况|作风)|讨(?:个)?说法|(?:处理|处分|追究).{0,8}(?:领导|干部|人员|责任)"
    ),
    "question": re.compile(
        r"(?:怎么办|怎么做|为什么|为啥|是否合法|合不合法|违不违法|能不能办|如何办理)[?？。]?$"
    ),
}
_INFORMATION = re.compile(
    "公开|结果|报告|文件|名单|记录|台账|决定书|通知|方案|计划|预算|决算|明细|合同|批复|数据|目录|清单|材料|笔录|档案|规定|办法|标准|统计"
)


async def what_it_is(text: str, deps: Deps) -> str:
    """complaint, report, petition or question where the text asks for that; "" for information.

    Who names a thing that a bureau holds (结果, 名单, 记录 …) asks for information, whatever else is said.
    """
    if _INFORMATION.search(text):
        return ""
    found = next((kind for kind, words in _WANTS.items() if words.search(text)), "")
    if found:
        return found
    decision = await deps.understand(text, Context())
    wish = {"flow:complaint": "complaint", "flow:report": "report"}.get(decision.intent, "")
    return wish if decision.confidence >= SURE else ""


async def already_public(text: str, deps: Deps) -> str:
    """What of it the bureau's documents and answers hold, shortened; "" where nothing fits well."""
    found = await deps.search(text)
    if found and _holds(found[0].passage.text, text):
        return say("public.passage", name=found[0].passage.document.name, quote=found[0].quote[:SHOWN])
    decision = await deps.understand(text, Context())
    if decision.confidence < SURE or not decision.hits or not _tells_of_information(decision):
        return ""
    answer = "\n".join(deps.render(decision, Session()).replies)
    return answer if len(answer) <= SHOWN else f"{answer[:SHOWN]}…"


def _tells_of_information(decision: Decision) -> bool:
    """A passage of a policy document, or what the guide says is published; not how to apply for it."""
    return decision.intent == "policy" or decision.hits[0].entry.startswith("guide.scope.")


def _holds(passage: str, wanted: str) -> bool:
    pairs = {term for term in terms(wanted) if len(term) > 1}
    held = terms(passage)
    return len(pairs) >= PAIRS and sum(pair in held for pair in pairs) >= SHARED * len(pairs)
