// A message's text as WeChat shows it: links, menu links and phone numbers can be tapped.

import { el } from "./dom.js";

const TOKEN = new RegExp(
  [
    "<a\\s+href=[\"']([^\"'>]+)[\"'][^>]*>([^<]*)</a>", // the one tag that text messages know
    "(https?://[A-Za-z0-9\\-._~:/?#\\[\\]@!$&'()*+,;=%]+[A-Za-z0-9/#=_-])",
    "(?<![\\d-])(1[3-9]\\d{9}|0\\d{2,3}-\\d{7,8})(?![\\d-])",
  ].join("|"),
  "gi",
);

export function rich(text, say) {
  const pieces = [];
  let last = 0;
  for (const match of text.matchAll(TOKEN)) {
    pieces.push(text.slice(last, match.index));
    pieces.push(piece(match, say));
    last = match.index + match[0].length;
  }
  pieces.push(text.slice(last));
  return pieces;
}

function piece([whole, href, label, url, phone], say) {
  if (phone) return el("a", { href: `tel:${phone}` }, phone);
  if (url) return anchor(url, url);
  if (href.startsWith("weixin://bizmsgmenu")) {
    const query = new URLSearchParams(href.split("?")[1] ?? "");
    const tap = (event) => {
      event.preventDefault();
      say(query.get("msgmenucontent") ?? label, query.get("msgmenuid") ?? "");
    };
    return el("a", { href: "#", onclick: tap }, label);
  }
  return /^https?:\/\//i.test(href) ? anchor(href, label) : whole;
}

function anchor(url, label) {
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}
