"""What protects the console in the browser: headers, the cookie, where a request may come from."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import hdrs, web

COOKIE = "lx_staff"
PATH = "/staff"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# A file of a stranger's: nothing in it may run or load, whatever it pretends to be.
FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # no-referrer would make browsers send “Origin: null” with our forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
YEAR_SECONDS = 365 * 86400


def protect(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that a response does not set itself."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if is_https(request):
        response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR_SECONDS}")


def is_https(request: web.Request) -> bool:
    """Whether the browser speaks https, to us or to the proxy in front of us."""
    return request.secure or (
        _behind_proxy(request) and request.headers.get("X-Forwarded-Proto", "").lower() == "https"
    )


def address(request: web.Request) -> str:
    """The address that a request comes from. Only a proxy on this machine or net may say another."""
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return told if told and _behind_proxy(request) else request.remote or ""


def _behind_proxy(request: web.Request) -> bool:
    try:
        peer = ip_address(request.remote or "")
    except ValueError:
        return True  # a unix socket: only our own machine gets there
    return peer.is_loopback or peer.is_private


def is_foreign(request: web.Request) -> bool:
    """Whether a form was sent from another site's page."""
    origin = request.headers.get(hdrs.ORIGIN, "")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    return bool(origin) and urlsplit(origin).netloc != request.host


def set_cookie(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Give the browser its session; gone when the browser closes, never sent along from another site."""
    response.set_cookie(COOKIE, token, path=PATH, httponly=True, samesite="Strict", secure=is_https(request))


def drop_cookie(response: web.StreamResponse) -> None:
    """Take the session back."""
    response.del_cookie(COOKIE, path=PATH)
