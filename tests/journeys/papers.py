"""What people of the journeys type and attach; all of it invented."""

import struct
import zlib
from pathlib import Path

from journeys.hand import Given

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def pdf(folder: Path, name: str) -> Path:
    """A small PDF of this name."""
    path = folder / f"{name}.pdf"
    path.write_bytes(PDF)
    return path


def picture(folder: Path, name: str) -> Path:
    """A PNG of one green dot, 8 by 8."""
    rows = b"".join(b"\0" + b"\x0b\x6e\x69" * 8 for _ in range(8))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    path = folder / f"{name}.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in parts
        )
    )
    return path


def profile() -> dict[str, Given]:
    """What an organization says of itself."""
    return {
        "registrar": "海门市民政局",
        "registered_on": "2015-04-01",
        "address": "虚构路8号",
        "postcode": "226100",
        "legal_representative": "沙小洲（虚构）",
        "representative_position": "理事长",
        "representative_phone": "0513-80000000",
        "representative_email": "office@example.invalid",
        "introduction": "为旅程测试而虚构的社会组织。",
    }


def answers(
    *, title: str, theme: str, field: str, communities: list[str], asked: str, year: int
) -> dict[str, dict[str, Given]]:
    """A whole application, part by part, as typed into the pages; papers are attached apart."""
    parts: dict[str, dict[str, Given]] = {
        "organization": {"experience": "三年同类服务（虚构）。", "won_before": "no"},
        "basics": {
            "title": title,
            "theme": theme,
            "field": field,
            "starts_on": f"{year}-08-01",
            "ends_on": f"{year + 1}年4月30日",
            "communities": communities,
            "asked": asked,
            "direct": "120",
            "indirect": "600",
        },
        "plan": {
            "summary": "陪伴村民主协商理事会把小事议成、办成、有回音（虚构）。",
            "need": "走访 186 户，63% 说出过一件没人管的小事。",
            "beneficiaries_text": "两村常住居民。",
            "beneficiaries-0-kind": "老年人",
            "beneficiaries-0-count": "90",
            "goal": "议定的事有人办、有回音。",
            "goals-0-text": "议事会",
            "goals-0-unit": "场",
            "goals-0-target": "6",
            "plan-0-phase": "实施",
            "plan-0-period": "第1至9月",
            "plan-0-activity": "议事与回访",
            "plan-0-times": "24",
            "feature": "居民自己议、自己办、自己评。",
            "risks": "雨季延期。",
        },
        "money": {
            "costs_grant-0-category": "activity",
            "costs_grant-0-content": "活动物资与场地",
            "costs_grant-0-unit_price": asked,
            "costs_grant-0-quantity": "1",
            "costs_grant-0-unit": "项",
        },
        "team": {
            "lead_name": "负责人（虚构）",
            "lead_position": "项目主管",
            "lead_phone": "13800000000",
            "team-0-name": "甲（虚构）",
            "team-0-role": "执行",
            "team-0-time": "每周 20 小时",
            "team-0-insured": "yes",
            "team-1-name": "乙（虚构）",
            "team-1-role": "财务",
            "team-1-time": "每周 8 小时",
            "team-1-insured": "yes",
        },
        "pledge": {"pledge": "yes"},
    }
    if theme == "consultation":
        parts["theme"] = {
            "council_exists": "yes",
            "steps": ["1", "2", "4", "6"],
            "topic_source": "走访与微信群",
            "expected_matters": "3",
            "meetings-0-kind": "council",
            "meetings-0-times": "6",
            "baseline": "上一年度议事 2 次。",
        }
    return parts
