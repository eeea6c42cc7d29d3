// Small comforts; every page works without them.
"use strict";

// Copy buttons: data-copy names the element whose text is copied.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).textContent;
    await navigator.clipboard.writeText(text.trim());
    const before = button.textContent;
    button.textContent = "已复制";
    setTimeout(() => { button.textContent = before; }, 2000);
  });
}

// A filter takes effect when it is chosen.
for (const form of document.querySelectorAll("form[data-filters]")) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("select, input[type=checkbox]")) form.requestSubmit();
  });
}

// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.querySelectorAll("form")) delete form.dataset.sent;
});

// A conversation looks for news while nothing is being typed.
const fresh = document.querySelector("[data-refresh]");
if (fresh) {
  setInterval(() => {
    const typing = [...document.querySelectorAll("textarea")].some((area) => area.value.trim());
    if (!typing && document.visibilityState === "visible") location.reload();
  }, Number(fresh.dataset.refresh) * 1000);
}
