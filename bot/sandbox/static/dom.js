// Small helpers to build the page. Text is always set as text: nothing that anyone wrote becomes markup.

export const $ = (id) => document.getElementById(id);

export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== ""));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

const parts = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai", year: "numeric", month: "numeric", day: "numeric",
  weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

export function moment(date) {
  const found = {};
  for (const { type, value } of parts.formatToParts(date)) found[type] = value;
  return found;
}

export function fullTime(date) {
  const m = moment(date);
  return `${m.year}年${m.month}月${m.day}日 ${m.weekday} ${m.hour}:${m.minute}`;
}

// As WeChat writes it between the bubbles.
export function shortTime(date, now) {
  const m = moment(date);
  const today = moment(now);
  const clock = `${m.hour}:${m.minute}`;
  if (m.year === today.year && m.month === today.month && m.day === today.day) return clock;
  return (m.year === today.year ? "" : `${m.year}年`) + `${m.month}月${m.day}日 ${clock}`;
}
