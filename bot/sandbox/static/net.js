// What the page says to the sandbox's server, and what it hears.

export class Refusal extends Error {}

async function answered(response) {
  if (!response.ok) {
    throw new Refusal((await response.text()) || `HTTP ${response.status}`);
  }
  return response.status === 204 ? null : response.json();
}

export async function get(path) {
  return answered(await fetch(path, { cache: "no-store" }));
}

export async function post(path, body = {}) {
  const headers = { "Content-Type": "application/json" };
  return answered(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

export async function postFile(path, file) {
  return answered(await fetch(path, { method: "POST", body: file }));
}

// Server-sent events connect again by themselves, and say where they stopped.
export function listen(openid, after, on) {
  const source = new EventSource(`live/${openid}?after=${encodeURIComponent(after)}`);
  for (const name of ["entry", "wire", "typing", "clock", "news"]) {
    source.addEventListener(name, (event) => on[name](JSON.parse(event.data)));
  }
  source.addEventListener("open", () => on.state(true));
  source.addEventListener("error", () => on.state(false));
  return source;
}
