"""Users, tags, the menu, the token and the account itself."""

from typing import Any

from bot.wechat_server.bodies import (
    ClearQuotaBody,
    MenuBody,
    TagBody,
    TaggingBody,
    TagMembersBody,
    TokenBody,
    read,
)
from bot.wechat_server.errors import ApiError
from bot.wechat_server.platform import Platform
from bot.wechat_server.tags import PAGE

Answer = dict[str, Any]


def stable_token(platform: Platform, data: Any) -> Answer:
    """POST stable_token."""
    body = read(TokenBody, data)
    token, left = platform.tokens.issue(body.grant_type, body.appid, body.secret, force=body.force_refresh)
    return {"access_token": token, "expires_in": left}


def user_info(platform: Platform, query: dict[str, str]) -> Answer:
    """GET user/info."""
    person = platform.followers.get(query.get("openid", ""))
    if not person.following:
        return {"subscribe": 0, "openid": person.openid}
    return {
        "subscribe": 1,
        "openid": person.openid,
        "language": "zh_CN",
        "subscribe_time": int(person.since.timestamp()),
        "remark": "",
        "tagid_list": sorted(person.tags),
        "subscribe_scene": "ADD_SCENE_QR_CODE" if person.scene else "ADD_SCENE_SEARCH",
        "qr_scene_str": person.scene,
    }


def tag_create(platform: Platform, data: Any) -> Answer:
    """POST tags/create."""
    name = read(TagBody, data).tag.name
    return {"tag": {"id": platform.tags.create(name), "name": name}}


def tag_list(platform: Platform, query: dict[str, str]) -> Answer:
    """GET tags/get."""
    counts = platform.tags.counts()
    return {"tags": [{"id": t, "name": n, "count": counts[t]} for t, n in platform.tags.names.items()]}


def tag_people(platform: Platform, data: Any) -> Answer:
    """POST tags/members/batchtagging."""
    body = read(TaggingBody, data)
    platform.tags.put_on(body.tagid, body.openid_list)
    return {}


def untag_people(platform: Platform, data: Any) -> Answer:
    """POST tags/members/batchuntagging."""
    body = read(TaggingBody, data)
    platform.tags.take_off(body.tagid, body.openid_list)
    return {}


def tag_members(platform: Platform, data: Any) -> Answer:
    """POST user/tag/get, a page of 10,000 after `next_openid`."""
    body = read(TagMembersBody, data)
    rest = [openid for openid in platform.tags.members(body.tagid) if openid > body.next_openid]
    page = rest[:PAGE]
    return {"count": len(page), "data": {"openid": page}, "next_openid": page[-1] if page else ""}


def menu_create(platform: Platform, data: Any) -> Answer:
    """POST menu/create."""
    _check_menu(platform)
    platform.menu.create(read(MenuBody, data).button)
    return {}


def menu_get(platform: Platform, query: dict[str, str]) -> Answer:
    """GET menu/get."""
    _check_menu(platform)
    if not platform.menu.buttons:
        raise ApiError(46003)
    return {"menu": {"button": platform.menu.buttons}}


def menu_delete(platform: Platform, query: dict[str, str]) -> Answer:
    """GET menu/delete."""
    _check_menu(platform)
    platform.menu.delete()
    return {}


def clear_quota(platform: Platform, data: Any) -> Answer:
    """POST clear_quota."""
    if read(ClearQuotaBody, data).appid != platform.account.app_id:
        raise ApiError(40013)
    platform.quotas.clear()
    return {}


def callback_ips(platform: Platform, query: dict[str, str]) -> Answer:
    """GET getcallbackip."""
    return {"ip_list": ["127.0.0.1"]}


def _check_menu(platform: Platform) -> None:
    if platform.account.kind == "subscription" and not platform.account.verified:
        raise ApiError(48001)
