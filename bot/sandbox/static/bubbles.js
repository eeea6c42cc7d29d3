// One line of the chat: who, what, how it came.

import { $, el, icon, shortTime } from "./dom.js";
import { rich } from "./richtext.js";

const QUIET = 5 * 60 * 1000; // a time stands above a message that comes so long after the last
const VIA = { custom: "客服消息", template: "模板消息", subscribe: "订阅通知", mass: "群发", preview: "群发预览" };

export class Chat {
  constructor(say) {
    this.say = say;
    this.list = $("chat");
    this.scroller = $("scroll");
    this.stuck = true; // to the bottom: also when the keyboard or a panel takes room
    this.scroller.addEventListener("scroll", () => (this.stuck = this.nearEnd()), { passive: true });
    new ResizeObserver(() => this.stuck && this.down()).observe(this.scroller);
    this.clear();
  }

  clear() {
    this.list.replaceChildren();
    this.seen = new Set();
    this.lastAt = 0;
    this.lastId = "";
  }

  add(entry, person, now) {
    if (entry.id && this.seen.has(entry.id)) return false;
    this.seen.add(entry.id);
    if (entry.id) this.lastId = entry.id;
    const at = new Date(entry.at);
    if (at - this.lastAt > QUIET && entry.kind !== "clock") this.list.append(note(shortTime(at, now)));
    this.lastAt = at;
    const near = this.nearEnd();
    this.list.append(entry.who === "note" ? note(entry.text, entry.kind) : this.row(entry, person));
    if (near || entry.who === "me") this.down();
    return true;
  }

  nearEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 160;
  }

  down() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  row(entry, person) {
    const mine = entry.who === "me";
    const face = mine
      ? avatar(person)
      : el("span", { class: "avatar bot", "aria-hidden": "true" }, icon("seal"));
    const speaker = el("span", { class: "sr" }, mine ? `${person.name}：` : "临夏州市场监管：");
    const via = VIA[entry.via] ? el("span", { class: "via" }, VIA[entry.via]) : null;
    const stack = el("div", { class: "stack" }, speaker, this.body(entry));
    if (via) stack.append(via);
    return el("div", { class: `row-in ${entry.who}` }, face, stack);
  }

  body(entry) {
    const make = { image: picture, voice, location: place, link, news, template: service, mpnews: news };
    const found = make[entry.kind];
    return found ? found(entry, this.down.bind(this)) : bubble(...rich(entry.text, this.say));
  }
}

export function avatar(person) {
  const face = el("span", { class: "avatar", "aria-hidden": "true" }, [...person.name][0]);
  face.style.setProperty("--shade", person.colour);
  return face;
}

function note(text, kind = "") {
  return el("div", { class: `row-in note ${kind}` }, el("span", {}, text));
}

function bubble(...inside) {
  return el("div", { class: "bubble" }, ...inside);
}

function bare(inside) {
  return el("div", { class: "bubble bare" }, inside);
}

function picture(entry, loaded) {
  const image = el("img", { src: `media/${entry.data.media_id}`, alt: "图片" });
  const button = el("button", { type: "button", class: "picture", "aria-label": "查看图片" }, image);
  image.addEventListener("load", loaded);
  image.addEventListener("error", () => button.replaceWith(el("span", { class: "gone" }, "图片已过期")));
  button.addEventListener("click", () => {
    $("page-picture").src = image.src;
    $("page-box").showModal();
  });
  return bare(button);
}

function voice(entry) {
  const seconds = entry.data.seconds ?? 2;
  const sound = el("span", { class: "voice" }, icon("sound"), `${seconds}″`);
  const words = entry.data.recognised ? entry.text : "（没有识别结果）";
  return bubble(sound, el("div", { class: "said" }, words || "（没听出来）"));
}

function place(entry) {
  const { latitude, longitude } = entry.data;
  const map = el("span", { class: "map" }, icon("place"));
  map.style.display = "grid";
  return bare(el("div", { class: "tile" }, el("b", {}, entry.text), el("small", {}, `${latitude}, ${longitude}`), map));
}

function link(entry) {
  const attributes = { class: "tile", href: entry.data.url, target: "_blank", rel: "noopener noreferrer" };
  return bare(el("a", attributes, el("b", {}, entry.text), el("small", {}, entry.data.description || entry.data.url)));
}

function news(entry) {
  const cards = (entry.data.articles ?? []).map((article) => {
    const url = article.url ?? article.Url ?? "";
    const title = el("b", {}, article.title ?? article.Title ?? "");
    const about = el("small", {}, article.description ?? article.Description ?? "");
    const safe = /^https?:\/\//i.test(url);
    return safe
      ? el("a", { class: "tile", href: url, target: "_blank", rel: "noopener noreferrer" }, title, about)
      : el("div", { class: "tile" }, title, about);
  });
  return bare(el("div", {}, ...cards));
}

function service(entry) {
  const fields = Object.entries(entry.data.fields ?? {});
  const rows = fields.flatMap(([name, value]) => [el("dt", {}, label(name)), el("dd", {}, value)]);
  const card = el("div", { class: "tile service" }, el("h4", {}, "服务通知"), el("dl", {}, ...rows));
  if (/^https?:\/\//i.test(entry.data.url ?? "")) {
    card.append(el("a", { href: entry.data.url, target: "_blank", rel: "noopener noreferrer" }, "查看详情 ›"));
  }
  return bare(card);
}

// WeChat names a template's fields by their type and a number.
function label(name) {
  const types = {
    thing: "事项", time: "时间", date: "日期", phrase: "状态", number: "数量",
    character_string: "编号", name: "姓名", const: "状态", phone_number: "电话",
  };
  return types[name.replace(/\d+$/, "")] ?? name;
}

function unknown(entry) {
  return bubble(`［${entry.kind}］`);
}
