// Writing, the menu bar, and what hides behind the plus.

import { $, el } from "./dom.js";
import { Refusal } from "./net.js";

export class Composer {
  constructor(act, sendPicture) {
    this.act = act;
    this.sendPicture = sendPicture;
    this.field = $("say");
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("focus", () => this.show("tools", false));
    $("say-form").addEventListener("submit", (event) => this.submit(event));
    $("to-menu").addEventListener("click", () => this.show("menu", $("menu").hidden));
    $("to-tools").addEventListener("click", () => this.show("tools", $("tools").hidden));
    $("picture").addEventListener("change", (event) => this.picked(event.target));
    document.addEventListener("click", (event) => this.clickedAway(event));
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.closeDrops());
    this.show("menu", matchMedia("(min-width: 1000px)").matches);
    setUpDialogs(act);
  }

  typed() {
    const some = this.field.value.trim() !== "";
    $("send").hidden = !some;
    $("to-tools").hidden = some;
    if (!CSS.supports("field-sizing", "content")) {
      this.field.style.height = "auto";
      this.field.style.height = `${Math.min(this.field.scrollHeight, 120)}px`;
    }
  }

  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      $("say-form").requestSubmit();
    }
  }

  async submit(event) {
    event.preventDefault();
    const text = this.field.value.trim();
    if (!text) return;
    this.field.value = "";
    this.typed();
    this.field.focus();
    if (!(await this.act({ kind: "text", text }))) {
      this.field.value = text; // not sent: nobody has to type it again
      this.typed();
    }
  }

  async picked(input) {
    const [file] = input.files;
    input.value = "";
    this.show("tools", false);
    if (file) await this.sendPicture(file);
  }

  show(name, on) {
    $(name).hidden = !on;
    $(`to-${name}`).setAttribute("aria-expanded", String(on));
    if (name === "tools" && on) this.field.blur();
    if (!on) this.closeDrops();
  }

  drawMenu(columns) {
    $("menu").replaceChildren(...columns.map((column) => this.column(column)));
  }

  column(button) {
    const below = button.sub_button ?? [];
    if (below.length === 0) {
      return el("div", { class: "column" }, el("button", { type: "button", onclick: () => this.tap(button) }, button.name));
    }
    const taps = below.map((one) => el("button", { type: "button", onclick: () => this.tap(one) }, one.name));
    const drop = el("div", { class: "drop", hidden: true }, ...taps);
    const head = el("button", { type: "button", "aria-expanded": "false" }, button.name);
    head.addEventListener("click", () => {
      const closed = drop.hidden;
      this.closeDrops();
      drop.hidden = !closed;
      head.setAttribute("aria-expanded", String(closed));
    });
    return el("div", { class: "column" }, head, drop);
  }

  tap(button) {
    this.closeDrops();
    if (button.type === "view") {
      this.act({ kind: "view", url: button.url });
      window.open(button.url, "_blank", "noopener");
    } else {
      this.act({ kind: "click", key: button.key });
    }
  }

  closeDrops() {
    for (const drop of document.querySelectorAll(".menu .drop:not([hidden])")) {
      drop.hidden = true;
      drop.previousElementSibling.setAttribute("aria-expanded", "false");
    }
  }

  clickedAway(event) {
    if (!event.target.closest(".menu")) this.closeDrops();
  }
}

const READ = {
  voice: (form) => ({ recognition: form.silent.checked ? null : form.recognition.value.trim() }),
  location: (form) => {
    const [latitude, longitude] = form.place.value.split(",").map(Number);
    return { latitude, longitude, label: form.place.selectedOptions[0].text };
  },
  link: (form) => ({ page: form.page.value, description: form.description.value, url: form.url.value }),
  scan: (form) => ({ scene: form.scene.value }),
  subscription: (form) => ({ template: form.template.value, accept: form.accept.value === "yes" }),
};

function setUpDialogs(act) {
  for (const opener of document.querySelectorAll("[data-dialog]")) {
    opener.addEventListener("click", () => $(opener.dataset.dialog).showModal());
  }
  for (const cancel of document.querySelectorAll("[data-cancel]")) {
    cancel.addEventListener("click", () => cancel.closest("dialog").close());
  }
  for (const form of document.querySelectorAll("form[data-act]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const kind = form.dataset.act;
      form.closest("dialog").close();
      if (await act({ kind, ...READ[kind](form.elements) })) form.reset();
      $("tools").hidden = true;
    });
  }
}

export { Refusal };
