// What a form can do without this, a little quicker: rows are added and removed in the page, fields are shown and
// hidden, the server is asked what is wrong with a field when it is left, and what can be chosen while it is searched.

const ASKS = "demijohn-form";

async function ask(form, what, more = {}) {
  const sent = new FormData(form);
  for (const [name, value] of [...sent]) if (value instanceof File) sent.delete(name);
  for (const [name, value] of Object.entries(more)) sent.set(name, value);
  const answer = await fetch(form.getAttribute("action") ?? location.href, { method: "POST", body: new URLSearchParams(sent), headers: { [ASKS]: what } });
  const isJSON = (answer.headers.get("content-type") ?? "").startsWith("application/json");
  return answer.ok && isJSON ? answer.json() : null;
}

// Rows --------------------------------------------------------------------------------------------------------

// The id of a field by its name, which may stand behind the prefix of its form.
const idOf = (form, name) => {
  const { prefix } = form.dataset;
  const path = prefix === undefined ? name : name.slice(prefix.length + 1);
  return `${form.getAttribute("id")}-${path.replaceAll(".", "-")}`;
};

const rowsOf = (list) => [...list.children].filter((one) => one.classList.contains("dj-row"));

function rename(row, list, index) {
  const start = `${list.dataset.rows}.`;
  const ids = `${idOf(list.closest("form"), list.dataset.rows)}-`;
  const old = row.querySelector(":scope > .dj-remove").value.slice(start.length);
  for (const one of [row, ...row.querySelectorAll("*")]) {
    for (const { name, value } of [...one.attributes]) {
      let text = value;
      if (["name", "value", "data-rows", "data-find", "data-show-if"].includes(name) && (name !== "value" || one.matches("button"))) {
        text = value.replaceAll(`${start}${old}`, `${start}${index}`);
      } else if (["id", "for", "aria-describedby"].includes(name)) {
        text = value.replaceAll(`${ids}${old}`, `${ids}${index}`);
      }
      if (text !== value) one.setAttribute(name, text);
    }
  }
  const legend = row.querySelector(":scope > legend");
  const label = legend.textContent.replace(/\d+$/, index + 1);
  const remove = row.querySelector(":scope > .dj-remove");
  remove.setAttribute("aria-label", remove.getAttribute("aria-label").replace(legend.textContent, label));
  legend.textContent = label;
}

function renumber(list) {
  rowsOf(list).forEach((row, index) => rename(row, list, index));
  list.querySelector(":scope > .dj-add").disabled = rowsOf(list).length >= Number(list.dataset.most);
}

function add(list) {
  const row = list.querySelector(":scope > template").content.cloneNode(true).firstElementChild;
  list.querySelector(":scope > template").before(row);
  renumber(list);
  row.querySelector("input, select, textarea")?.focus();
}

function remove(row) {
  const list = row.parentElement;
  const next = row.nextElementSibling?.matches(".dj-row") ? row.nextElementSibling : row.previousElementSibling;
  row.remove();
  renumber(list);
  (next?.matches(".dj-row") ? next.querySelector("input, select, textarea") : list.querySelector(".dj-add"))?.focus();
}

// Conditions --------------------------------------------------------------------------------------------------

function valuesOf(form, name) {
  const field = form.elements.namedItem(name);
  const all = field === null ? [] : field instanceof RadioNodeList ? [...field] : [field];
  return all.filter((one) => !["checkbox", "radio"].includes(one.type) || one.checked).map((one) => one.value);
}

function show(form) {
  for (const one of form.querySelectorAll("[data-show-if]")) {
    const wanted = Object.entries(JSON.parse(one.dataset.showIf));
    one.hidden = !wanted.every(([name, texts]) => {
      const values = valuesOf(form, name);
      return texts === null ? values.some((text) => text !== "") : values.some((text) => texts.includes(text));
    });
  }
}

// Live errors -------------------------------------------------------------------------------------------------

async function check(form, field) {
  const told = await ask(form, "check");
  if (told?.errors === undefined) return;
  const messages = told.errors[field.name] ?? [];
  const list = document.getElementById(`${idOf(form, field.name)}-errors`);
  if (list === null) return;
  list.replaceChildren(...messages.map((message) => Object.assign(document.createElement("li"), { textContent: message })));
  list.hidden = messages.length === 0;
  if (messages.length) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

// Search ------------------------------------------------------------------------------------------------------

let waiting;

async function find(form, input) {
  const told = await ask(form, "find", { _find: input.dataset.find });
  const select = form.elements.namedItem(input.dataset.find);
  if (told?.options === undefined || select === null) return;
  const chosen = select.value;
  select.replaceChildren(...told.options.map(({ value, label }) => new Option(label, value, false, value === chosen)));
  const first = told.options.find(({ value }) => value !== "" && value !== chosen);
  if (chosen === "" && first !== undefined) select.value = first.value;
}

// ---------------------------------------------------------------------------------------------------------------

const formOf = (event) => event.target.form?.matches?.(".dj-form") ? event.target.form : null;

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  const form = button?.form;
  if (!form?.matches(".dj-form")) return;
  if (button.matches(".dj-add")) add(button.parentElement);
  else if (button.matches(".dj-remove")) remove(button.closest(".dj-row"));
  else if (button.name === "_find") find(form, button.parentElement.querySelector("[data-find]"));
  else return;
  event.preventDefault();
  show(form);
});

document.addEventListener("input", (event) => {
  const form = formOf(event);
  if (form === null) return;
  show(form);
  if (event.target.dataset.find !== undefined) {
    clearTimeout(waiting);
    waiting = setTimeout(() => find(form, event.target), 250);
  }
});

document.addEventListener("change", (event) => {
  const form = formOf(event);
  if (form?.dataset.live !== undefined && event.target.dataset.find === undefined && event.target.type !== "file") check(form, event.target);
});

// What was typed in the other forms of the page goes along, so that it is not lost with the page: marked as kept.
document.addEventListener("formdata", ({ target, formData }) => {
  if (target.dataset.prefix === undefined || target.method !== "post") return;
  for (const form of document.querySelectorAll(".dj-form[data-prefix]")) {
    const { prefix } = form.dataset;
    if (form === target || formData.has(prefix) || form.method !== "post") continue;
    formData.append(prefix, "kept");
    for (const field of form.elements) {
      const left = !field.name.startsWith(`${prefix}.`) || ["password", "file", "submit", "button"].includes(field.type);
      if (left || (["checkbox", "radio"].includes(field.type) && !field.checked)) continue;
      const values = field.selectedOptions ? [...field.selectedOptions].map((option) => option.value) : [field.value];
      for (const value of values) formData.append(field.name, value);
    }
  }
});

document.querySelectorAll(".dj-form").forEach(show);
