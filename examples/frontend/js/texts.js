// What people read: a key is English, texts.json has its French, or both. {name} is filled in, "one|many" chosen by {n}.
const read = (name) => fetch(`${name}.json`).then((answer) => answer.json());
export const [texts, config] = await Promise.all(["texts", "config"].map(read));
export const root = document.documentElement;
export const lang = () => root.lang;
/** The service speaks one language. */
export const isTheirs = () => lang() === config.locale;
export const knows = (key) => Object.hasOwn(texts, key);

export function t(key, vars = {}) {
	const [french, english = key] = [texts[key] ?? key].flat();
	const forms = (lang() === "fr" ? french : english).split("|");
	const form = new Intl.PluralRules(lang()).select(vars.n ?? 1) === "one" ? forms[0] : forms.at(-1);
	return form.replace(/\{(\w+)\}/g, (_, name) => vars[name] ?? "");
}

/** Now and after every switch of the language. `what`: t or label. */
export function say(node, key, vars = {}, what = "t") {
	Object.assign(node.dataset, { [what]: key, vars: JSON.stringify(vars) });
	translate(node);
	return node;
}

export function speak(language) {
	root.lang = language;
	document.querySelectorAll("[data-t], [data-label], [data-placeholder], time").forEach(translate);
}

function translate(node) {
	const { t: text, label, placeholder, vars = "{}" } = node.dataset;
	const values = JSON.parse(vars);
	if (text !== undefined) node.textContent = t(text, values);
	if (label) node.ariaLabel = node.title = t(label, values);
	if (placeholder) node.placeholder = t(placeholder);
	if (node.dateTime) node.textContent = new Date(node.dateTime).toLocaleString(lang(), { dateStyle: "medium", timeStyle: "short" });
}
