// What people read: texts/<language>.json. {name} is filled in, and "one|many" chosen by {n}.
let texts = {};
const find = (key) => key.split(".").reduce((level, part) => level?.[part], texts);
export const lang = () => document.documentElement.lang;
export const knows = (key) => find(key) !== undefined;
export const when = (time) => new Intl.DateTimeFormat(lang(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(time));

export function t(key, vars = {}) {
  const forms = (find(key) ?? key).split("|");
  const form = new Intl.PluralRules(lang()).select(vars.n ?? 1) === "one" ? forms[0] : forms.at(-1);
  return form.replace(/\{(\w+)\}/g, (_, name) => vars[name] ?? "");
}

/** The text of a node (or its `label`, its `alt`), now and after every switch of the language. */
export function say(node, key, vars = {}, what = "t") {
  node.dataset[what] = key;
  node.dataset.vars = JSON.stringify(vars);
  translate(node);
  return node;
}

export async function speak(language) {
  texts = await fetch(`texts/${language}.json`).then((answer) => answer.json());
  document.documentElement.lang = language;
  document.querySelectorAll("[data-t], [data-label], [data-placeholder], [data-alt], time").forEach(translate);
}

function translate(node) {
  const { t: text, label, placeholder, alt, vars = "{}" } = node.dataset;
  const values = JSON.parse(vars);
  if (text !== undefined) node.textContent = t(text, values);
  if (label) node.ariaLabel = node.title = t(label, values);
  if (placeholder) node.placeholder = t(placeholder);
  if (alt) node.alt = t(alt, values);
  if (node.localName === "time") node.textContent = when(node.dateTime);
}
