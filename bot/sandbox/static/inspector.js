// What went over the wire: each exchange can be opened, sealed and plain, both ways.

import { $, el, moment } from "./dom.js";

const MOST = 80;
const TITLES = {
  text: "文字", image: "图片", voice: "语音", location: "位置", link: "链接", click: "菜单点击",
  view: "菜单链接", follow: "关注", unfollow: "取消关注", scan: "扫码", subscription: "订阅通知",
};

export class Inspector {
  constructor() {
    this.list = $("wires");
    this.clear();
  }

  clear() {
    this.list.replaceChildren(el("li", { class: "empty" }, "还没有。发一条消息试试。"));
    this.count = 0;
  }

  add(wire, openid) {
    if (wire.openid && wire.openid !== openid) return;
    if (this.count === 0) this.list.replaceChildren();
    this.count += 1;
    this.list.prepend(el("li", {}, opened(wire)));
    while (this.list.children.length > MOST) this.list.lastChild.remove();
  }
}

function opened(wire) {
  const m = moment(new Date(wire.at));
  const callback = wire.way === "callback";
  const summary = el(
    "summary", {},
    el("span", { class: "tag" }, callback ? "微信 → 机器人" : "机器人 → 接口"),
    el("b", {}, TITLES[wire.title] ?? wire.title),
    el("time", {}, `${m.month}-${m.day} ${m.hour}:${m.minute}`),
    callback ? el("small", {}, wire.attempts.map(attempt).join(" → ")) : "",
    wire.error ? el("span", { class: "bad" }, wire.error) : "",
  );
  const details = el("details", {}, summary);
  const blocks = callback
    ? [
        ["请求地址（带签名）", readable(wire.url)],
        ["发出的 XML（明文）", xml(wire.sent)],
        ["发出的 XML（加密后）", xml(wire.sent_sealed)],
        ["收到的答复（加密）", xml(wire.answer_sealed)],
        ["收到的答复（解密后）", xml(wire.answer) || "（静默：success）"],
      ]
    : [["接口", wire.url], ["请求", wire.sent], ["应答", wire.answer]];
  details.addEventListener("toggle", () => fill(details, blocks), { once: true });
  return details;
}

function fill(details, blocks) {
  for (const [title, text] of blocks) {
    if (text) details.append(el("h4", {}, title), el("pre", { tabindex: "0", class: title.includes("地址") ? "break" : "" }, text));
  }
}

function attempt({ ms, status, error }) {
  return `${status || "断开"} ${ms}毫秒${error && status ? `（${error}）` : ""}`;
}

function readable(url) {
  const [path, query] = url.split("?");
  return query ? `${path}\n?${query.split("&").join("\n&")}` : url;
}

function xml(text) {
  return text.replace(/>(?=<(?![!/]))|>(?=<\/xml>)/g, ">\n");
}
