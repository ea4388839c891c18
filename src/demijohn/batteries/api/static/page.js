// The page can be read without this: it adds the search, copying, and requests to this site.
"use strict";

const all = (selector, from = document) => [...from.querySelectorAll(selector)];

// Contents stand open beside the operations, where there is room ------------------------------------------------

const wide = matchMedia("(min-width: 960px)");
const contents = document.querySelector(".contents");
const fit = () => { contents.open = wide.matches; };
wide.addEventListener("change", fit);
fit();

// An address that ends in #op-... opens its operation -----------------------------------------------------------

function follow() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.matches(".op")) target.open = true;
  if (!wide.matches) contents.open = false;
  target.scrollIntoView();
}
addEventListener("hashchange", follow);
follow();

// Searching -------------------------------------------------------------------------------------------------------

const search = document.querySelector(".search");
const searched = search.querySelector("input");
search.hidden = false;

function narrow() {
  const words = searched.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const group of all(".group")) {
    let here = 0;
    for (const operation of all(".op", group)) {
      const fits = words.every((word) => operation.dataset.words.includes(word));
      operation.hidden = !fits;
      for (const link of all(`nav a[href="#${CSS.escape(operation.id)}"]`)) link.parentElement.hidden = !fits;
      here += fits;
    }
    group.hidden = !here;
    for (const link of all(`nav a[href="#${CSS.escape(group.querySelector("h2").id)}"]`)) {
      link.parentElement.hidden = !here;
    }
    found += here;
  }
  document.querySelector(".none").hidden = found > 0 || !words.length;
}
searched.addEventListener("input", narrow);
addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    searched.focus();
    searched.select();
  }
});

// Copying ---------------------------------------------------------------------------------------------------------

if (navigator.clipboard) {
  for (const button of all(".copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.parentElement.querySelector("pre").textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }
}

// Trying ----------------------------------------------------------------------------------------------------------

const LONGEST = 100_000;

function withCredentials(form, url, headers) {
  const needed = form.dataset.security ? form.dataset.security.split(" ") : [];
  for (const field of all(".key")) {
    const value = field.querySelector("input").value;
    if (!value || !needed.includes(field.dataset.scheme)) continue;
    const { kind, name } = field.dataset;
    if (kind === "query") url.searchParams.set(name, value);
    else if (kind === "header") headers.set(name, value);
    else if (kind === "basic") headers.set("Authorization", "Basic " + base64(value));
    else headers.set("Authorization", "Bearer " + value);
  }
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function addressOf(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const headers = new Headers();
  for (const input of all("[data-in]", form)) {
    const place = input.dataset.in;
    if (place === "path") {
      path = path.replace(`{${input.name}}`, () => encodeURIComponent(input.value));
    } else if (input.value === "") continue;
    else if (place === "query") {
      const values = "many" in input.dataset ? input.value.split(",").map((value) => value.trim()) : [input.value];
      for (const value of values) query.append(input.name, value);
    } else if (place === "header") headers.set(input.name, input.value);
  }
  const url = new URL(form.dataset.root + path, location.origin);
  url.search = query;
  return { url, headers };
}

function bodyOf(form, headers) {
  const whole = form.querySelector("[data-body]");
  if (whole) {
    if (whole.type === "file") return whole.files[0];
    if (whole.value.trim()) headers.set("Content-Type", whole.dataset.body);
    return whole.value.trim() ? whole.value : undefined;
  }
  const fields = all("[data-form]", form);
  if (!fields.length) return undefined;
  const multipart = fields[0].dataset.form === "multipart/form-data";
  const data = multipart ? new FormData() : new URLSearchParams();
  for (const field of fields) {
    const values = field.type === "file" ? field.files : field.value === "" ? [] : [field.value];
    for (const value of values) data.append(field.name, value);
  }
  return data;
}

async function send(form) {
  const { url, headers } = addressOf(form);
  withCredentials(form, url, headers);
  const method = form.dataset.method;
  const body = method === "GET" || method === "HEAD" ? undefined : bodyOf(form, headers);
  const begun = performance.now();
  const answer = await fetch(url, { method, headers, body, redirect: "follow" });
  const type = answer.headers.get("content-type") || "";
  const text = /^(image|audio|video|font)\/|octet-stream|zip|pdf/.test(type) ? `(${type})` : await answer.text();
  const took = Math.round(performance.now() - begun);
  const moved = answer.redirected ? `, at ${new URL(answer.url).pathname}` : "";
  return { state: `${answer.status} ${answer.statusText} in ${took} ms${moved}`, text: shown(answer, type, text) };
}

function shown(answer, type, text) {
  const head = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  let body = text;
  if (/json/.test(type)) {
    try { body = JSON.stringify(JSON.parse(text), null, 2); } catch { /* it is shown as it came */ }
  }
  const cut = body.length > LONGEST ? `\n... and ${body.length - LONGEST} characters more` : "";
  return `${head}\n\n${body.slice(0, LONGEST)}${cut}`;
}

for (const form of all(".try")) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    const state = form.querySelector(".state");
    const result = form.querySelector(".result");
    button.disabled = true;
    state.textContent = "Sending ...";
    try {
      const answer = await send(form);
      state.textContent = answer.state;
      result.querySelector("pre").textContent = answer.text;
      result.hidden = false;
    } catch (error) {
      state.textContent = `Not sent: ${error.message}`;
      result.hidden = true;
    } finally {
      button.disabled = false;
    }
  });
}
for (const form of all(".schemes form")) form.addEventListener("submit", (event) => event.preventDefault());
for (const field of all(".key")) field.hidden = !document.querySelector(".try");
