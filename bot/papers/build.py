"""Writes the templates: `python -m bot.papers.build [folder]`. Run after a change of config/papers.

What it writes is committed, so that a clerk finds finished .docx files and nobody needs to run this. It never
touches `DATA_DIR/templates`, where clerks keep their own.
"""

import sys
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from docx.document import Document as DocumentType
from docx.shared import Pt

from bot.papers import layout
from bot.papers.layout import Box, label
from bot.papers.papers import TEMPLATES
from config.papers import Paper, load_common, load_papers

MADE = datetime(2026, 1, 1, tzinfo=UTC)  # the same input gives the same bytes
SMALL = Pt(10.5)

Rows = Sequence[Sequence[Box]]

REQUEST: Rows = (
    (
        label("申请人信息", 1, 11),
        label("公民", 1, 5),
        label("姓　　名"),
        Box("{{ 姓名 }}"),
        label("工作单位"),
        Box("{{ 工作单位 }}"),
    ),
    (label("证件名称"), Box("{{ 证件名称 }}"), label("证件号码"), Box("{{ 证件号码 }}")),
    (label("联系电话"), Box("{{ 联系电话 }}"), label("邮政编码"), Box("{{ 邮政编码 }}")),
    (label("通信地址"), Box("{{ 联系地址 }}", 8)),
    (label("电子邮箱"), Box("{{ 电子邮箱 }}"), label("传　　真"), Box("{{ 传真 }}")),
    (
        label("法人或者其他组织", 1, 5),
        label("名　　称"),
        Box("{{ 单位名称 }}"),
        label("统一社会信用代码"),
        Box("{{ 信用代码 }}"),
    ),
    (label("法定代表人"), Box("{{ 法定代表人 }}"), label("类　　别"), Box("{{ 单位类别 }}")),
    (label("联系人"), Box("{{ 联系人 }}"), label("联系人电话"), Box("{{ 联系人电话 }}")),
    (label("联系地址"), Box("{{ 单位地址 }}　{{ 单位邮编 }}", 8)),
    (label("电子邮箱"), Box("{{ 单位邮箱 }}"), label("传　　真"), Box("{{ 单位传真 }}")),
    (label("申请人签名或者盖章", 3), Box("{{ 签名 }}", 4), label("申请时间"), Box("{{ 提交日期 }}", 2)),
    (
        label("代理", 1),
        label("代理人", 2),
        Box("{{ 代理人 }}　{{ 代理人电话 }}"),
        label("委托代理证明材料"),
        Box("{{ 委托证明 }}", 4),
    ),
    (
        label("共同申请", 1),
        label("人数、代表", 2),
        Box("{{ 共同申请人数 }}　{{ 代表 }}"),
        label("推举证明材料"),
        Box("{{ 推举证明 }}", 4),
    ),
    (
        label("所需信息情况", 1, 6),
        label("所需信息的内容描述（名称、文号或者其他特征）", 3),
        Box("{{ 所需信息内容 }}", 8, tall=4),
    ),
    (label("所需信息的用途", 3), Box("{{ 用途 }}", 8)),
    (label("所需信息的索引号", 3), Box("{{ 索引号 }}", 8)),
    (label("所需信息的指定提供方式", 3), Box("{{ 提供方式 }}", 8)),
    (label("获取信息的方式", 3), Box("{{ 获取方式 }}", 8)),
    (label("无法按照指定方式提供时，是否接受其他方式", 3), Box("{{ 接受其他方式 }}", 8)),
)
COMPLAINT: Rows = (
    (label("编　　号"), Box("{{ 编号 }}", 4), label("12315编号"), Box("{{ 平台编号 }}", 4)),
    (
        label("投诉人", 1, 4),
        label("姓　　名"),
        Box("{{ 姓名 }}", 4),
        label("联系电话"),
        Box("{{ 联系电话 }}"),
    ),
    (label("证件类型"), Box("{{ 证件名称 }}", 4), label("证件号码"), Box("{{ 证件号码 }}")),
    (label("联系地址"), Box("{{ 联系地址 }}", 9)),
    (
        label("是否同意公示投诉信息", 3),
        Box("{{ 同意公示 }}", 3),
        label("是否同意委托调解", 3),
        Box("{{ 同意委托调解 }}", 2),
    ),
    (
        label("被投诉人", 1, 3),
        label("名称（姓名）"),
        Box("{{ 对方名称 }}", 4),
        label("联系人"),
        Box("{{ 对方联系人 }}"),
    ),
    (label("地　　址"), Box("{{ 对方地址 }}", 9)),
    (label("联系电话"), Box("{{ 对方电话 }}", 4), label("所属县市"), Box("{{ 所属县市 }}")),
    (label("交易时间"), Box("{{ 交易时间 }}", 4), label("涉及金额"), Box("{{ 涉及金额 }}", 4)),
    (label("消费者权益争议事实依据（时间、地点、内容、争议情况）", 2), Box("{{ 事实 }}", 10, tall=6)),
    (label("投诉请求"), Box("{{ 投诉请求 }}", 10)),
    (label("证明材料"), Box("{{ 证据 }}", 10)),
    (label("投诉人签名"), Box("{{ 签名 }}", 5), label("日　　期"), Box("{{ 提交日期 }}", 3)),
)
REPORT: Rows = (
    (label("编　　号"), Box("{{ 编号 }}", 4), label("12315编号"), Box("{{ 平台编号 }}", 4)),
    (
        label("举报人", 1, 2),
        label("姓　　名"),
        Box("{{ 姓名 }}", 4),
        label("联系电话"),
        Box("{{ 联系电话 }}"),
    ),
    (label("身份证件号码"), Box("{{ 证件号码 }}", 4), label("联系地址"), Box("{{ 联系地址 }}")),
    (label("被举报人", 1, 2), label("名称（姓名）"), Box("{{ 对方名称 }}", 9)),
    (label("地　　址"), Box("{{ 对方地址 }}", 5), label("所属县市"), Box("{{ 所属县市 }}", 2)),
    (label("事情发生的时间"), Box("{{ 交易时间 }}", 10)),
    (
        label("涉嫌违反市场监督管理法律、法规、规章的具体线索和相应的事实依据", 2),
        Box("{{ 事实 }}", 10, tall=8),
    ),
    (label("证明材料"), Box("{{ 证据 }}", 10)),
    (label("举报人签名"), Box("{{ 签名 }}", 5), label("日　　期"), Box("{{ 提交日期 }}", 3)),
)
TABLES = {"disclosure_request": REQUEST, "complaint_register": COMPLAINT, "report_register": REPORT}


def draw(paper: Paper) -> DocumentType:
    """The template of a paper."""
    document = layout.blank(paper.title)
    office = "" if paper.role == "form" else "{{ 机关名称 }}"
    layout.heading(document, paper.title, office, paper.style)
    if paper.role == "form":
        _form(document, paper)
    else:
        _letter(document, paper)
    return document


def _form(document: DocumentType, paper: Paper) -> None:
    if paper.id == "disclosure_request":
        layout.right(document, "编号：{{ 编号 }}", size=SMALL)
    layout.grid(document, TABLES[paper.id])
    for note in paper.notes:
        layout.prose(document, note, indent=False, size=SMALL)


def _letter(document: DocumentType, paper: Paper) -> None:
    if not paper.table:
        layout.right(document, "编号：{{ 编号 }}", size=SMALL)
    if paper.to:
        layout.prose(document, f"{paper.to}：", indent=False)
    if paper.table:
        layout.grid(document, [(label(name, 3), Box(text, 9)) for name, text in paper.table])
    remedy = load_common().remedies.get(paper.remedy, "")
    for text in (paper.opening, *paper.body, remedy):
        if text:
            layout.prose(document, text)
    if paper.role == "letter":
        layout.prose(
            document, "联系电话：{{ 机关电话 }}　　地址：{{ 机关地址 }}　　邮编：{{ 机关邮编 }}", size=SMALL
        )
        layout.right(document, "{{ 机关名称 }}（印章）")
        layout.right(document, "{{ 今天 }}")
    for text in paper.slip:
        layout.prose(document, text, indent=False, size=Pt(12))


def save(document: DocumentType, path: Path) -> None:
    """Write the file so that the same template has the same bytes, whenever it is made."""
    document.core_properties.created = document.core_properties.modified = MADE.replace(tzinfo=None)
    document.core_properties.last_modified_by, document.core_properties.revision = "", 1
    raw = path.with_suffix(".tmp")
    document.save(str(raw))
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for item in sorted(old.infolist(), key=lambda item: item.filename != "[Content_Types].xml"):
            info = zipfile.ZipInfo(item.filename, MADE.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(item))
    raw.unlink()


def main(folder: Path = TEMPLATES) -> None:
    """Write every template."""
    folder.mkdir(parents=True, exist_ok=True)
    for paper in load_papers().values():
        save(draw(paper), folder / f"{paper.id}.docx")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TEMPLATES)
