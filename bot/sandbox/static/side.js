// Who one is, and what time it is.

import { $, el, fullTime } from "./dom.js";
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
          ),
        ),
      ),
    );
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

  draw() {
    const text = fullTime(this.now());
    if ($("clock").textContent !== text) $("clock").textContent = text;
  }

  async move(step) {
    try {
      this.set((await post("clock", { ...step, person: this.person() })).now);
    } catch (error) {
      this.failed(error);
    }
  }
}
