// Who one is, and what time it is.

import { $, el, fullTime, moment } from "./dom.js";
import { avatar } from "./bubbles.js";
import { post } from "./net.js";

export class People {
  constructor(choose) {
    this.choose = choose;
    this.all = [];
    this.news = new Set();
    $("new-person").addEventListener("submit", (event) => this.add(event));
  }

  find(openid) {
    return this.all.find((person) => person.openid === openid);
  }

  draw(current) {
    $("to-side").classList.toggle("news", this.news.size > 0);
    $("people").replaceChildren(
      ...this.all.map((person) =>
        el(
          "li", {},
          el(
            "button",
            {
              type: "button", class: "person", "aria-pressed": String(person.openid === current),
              onclick: () => this.choose(person.openid),
            },
            avatar(person),
            el("span", {}, el("b", {}, person.name), el("small", {}, person.about)),
            this.news.has(person.openid) ? el("span", { class: "dot", role: "img", "aria-label": "有新消息" }) : null,
          ),
        ),
      ),
    );
  }

  // Someone else than the one on screen got a message.
  mark(openid, current) {
    if (openid === current || this.news.has(openid)) return;
    this.news.add(openid);
    this.draw(current);
  }

  async add(event) {
    event.preventDefault();
    const person = await post("people", { name: $("new-name").value.trim() });
    $("new-name").value = "";
    this.all.push(person);
    await this.choose(person.openid);
  }
}

export class Clock {
  constructor(person, failed) {
    this.person = person;
    this.failed = failed;
    this.ahead = 0;
    for (const button of document.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => this.move({ step: button.dataset.step }));
    }
    $("clock-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.move({ to: $("clock-to").value });
    });
    setInterval(() => this.draw(), 1000);
  }

  now() {
    return new Date(Date.now() + this.ahead);
  }

  set(iso) {
    this.ahead = new Date(iso) - Date.now();
    this.draw();
  }

  // The date input starts with tomorrow, in Shanghai's time.
  suggest() {
    const m = moment(new Date(this.now().getTime() + 24 * 3600 * 1000));
    const two = (part) => part.padStart(2, "0");
    $("clock-to").value = `${m.year}-${two(m.month)}-${two(m.day)}T${m.hour}:${m.minute}`;
  }

  draw() {
    const text = fullTime(this.now());
    if ($("clock").textContent !== text) $("clock").textContent = text;
  }

  async move(step) {
    try {
      this.set((await post("clock", { ...step, person: this.person() })).now);
      this.suggest();
    } catch (error) {
      this.failed(error);
    }
  }
}
