// The chat page: loads, listens, and hands on.

import { $ } from "./dom.js";
import { get, listen, post, postFile, Refusal } from "./net.js";
import { Chat } from "./bubbles.js";
import { Composer } from "./composer.js";
import { Inspector } from "./inspector.js";
import { Clock, People } from "./side.js";

const REMEMBERED = "sandbox.person";
let current = "";
let source = null;

const chat = new Chat((text, menuId) => act({ kind: "text", text, menu_id: menuId }));
const inspector = new Inspector();
const composer = new Composer(act, sendPicture);
const people = new People(choose);
const clock = new Clock(() => current, failed);

function show(entry) {
  chat.add(entry, people.find(current), clock.now());
}

function failed(error) {
  const text = error instanceof Refusal ? error.message : "没有发出去，服务没有应答。";
  const entry = { id: "", who: "note", kind: "trouble", at: clock.now().toISOString(), text };
  chat.add(entry, people.find(current), clock.now());
  chat.down();
}

async function act(action) {
  try {
    const { entry } = await post(`act/${current}`, action);
    if (entry) show(entry);
    if (["follow", "unfollow", "scan"].includes(action.kind)) followed(action.kind !== "unfollow");
    return true;
  } catch (error) {
    failed(error);
    return false;
  }
}

async function sendPicture(file) {
  try {
    const { entry } = await postFile(`picture/${current}`, file);
    if (entry) show(entry);
  } catch (error) {
    failed(error);
  }
}

function followed(is) {
  people.find(current).following = is;
  $("card").hidden = is;
  $("foot").hidden = !is;
  $("unfollow").disabled = !is;
}

async function choose(openid) {
  source?.close();
  current = openid;
  localStorage.setItem(REMEMBERED, openid);
  chat.clear();
  inspector.clear();
  people.news.delete(openid);
  people.draw(openid);
  toggle("side", false);
  const { entries, wires } = await get(`chat/${openid}`);
  entries.forEach(show);
  wires.forEach((wire) => inspector.add(wire, openid));
  chat.down();
  followed(people.find(openid).following);
  hear(openid);
  // Someone new opens the account for the first time: like scanning its code.
  if (entries.length === 0 && !people.find(openid).following) await act({ kind: "follow" });
}

function hear(openid) {
  let typing = 0;
  source = listen(openid, chat.lastId, {
    entry: (entry) => {
      if (entry.who === "bot") $("typing").hidden = true;
      show(entry);
    },
    wire: (wire) => inspector.add(wire, openid),
    clock: ({ now }) => clock.set(now),
    news: (someone) => people.mark(someone, current),
    typing: (on) => {
      $("typing").hidden = !on;
      clearTimeout(typing);
      if (on) typing = setTimeout(() => ($("typing").hidden = true), 15_000);
    },
    state: (on) => ($("offline").hidden = on),
  });
}

function toggle(name, on) {
  $(name).classList.toggle("open", on);
  if (on) $(name).querySelector("[data-close]").focus();
}

function setUpPanels() {
  for (const button of document.querySelectorAll("[data-open]")) {
    button.addEventListener("click", () => toggle(button.dataset.open, true));
  }
  for (const button of document.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => {
      toggle(button.dataset.close, false);
      document.querySelector(`[data-open="${button.dataset.close}"]`).focus();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") ["side", "wire"].forEach((name) => toggle(name, false));
  });
  $("follow").addEventListener("click", () => act({ kind: "follow" }));
  $("unfollow").addEventListener("click", () => act({ kind: "unfollow" }).then(() => toggle("side", false)));
  $("forget").addEventListener("click", async () => {
    await post(`forget/${current}`);
    chat.clear();
    inspector.clear();
    toggle("side", false);
  });
  $("trouble").addEventListener("submit", async (event) => {
    event.preventDefault();
    const [kind, code] = $("trouble-kind").value.split(":");
    const { trouble } = await post("trouble", { kind, code: Number(code) });
    $("trouble-told").textContent = `接下来 ${trouble} 次接口调用会出错。`;
  });
}

async function start() {
  setUpPanels();
  const state = await get("state");
  people.all = state.people;
  clock.set(state.now);
  clock.suggest();
  composer.drawMenu(state.menu);
  const { account } = state;
  $("title").textContent = $("card-name").textContent = account.name;
  $("card-about").textContent = account.about;
  const kind = account.kind === "service" ? "服务号" : "订阅号";
  const mode = { plain: "明文", compatible: "兼容", safe: "安全" }[account.mode];
  $("account-kind").textContent = `${account.verified ? "已认证" : "未认证"}${kind}，${mode}模式`;
  const remembered = localStorage.getItem(REMEMBERED);
  await choose(people.find(remembered) ? remembered : people.all[0].openid);
}

start().catch(failed);
