// Nodes without markup: whatever comes from data is text, never HTML. The page's own events, and its storage.
import { say } from "./texts.js";
export * from "./texts.js";

const bus = new EventTarget();
export const $ = (id) => document.getElementById(id);
export const on = (name, listener) => bus.addEventListener(name, ({ detail }) => listener(detail));
export const emit = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

/** `kind`: tag.class.class; `t`, `label`: a text's key, or [key, vars]; the rest are properties, or else attributes. */
export function el(kind, { t, label, ...rest } = {}, ...children) {
	const [tag, ...classes] = kind.split(".");
	const node = document.createElement(tag);
	node.className = classes.join(" ");
	for (const [name, value] of Object.entries(rest)) name in node ? (node[name] = value) : node.setAttribute(name, value);
	node.append(...children.filter(Boolean));
	if (t) say(node, ...[t].flat());
	if (label) say(node, ...[label, {}].flat().slice(0, 2), "label");
	return node;
}

export const button = (classes, more, ...children) => el(`button.${classes}`, { type: "button", ...more }, ...children);
export const time = (at) => say(el("time.muted", { dateTime: at }), "");
export const brief = (text) => [...text].slice(0, 80).join(""); // an emoji is not cut in two
/** Newest first; a skeleton has no `at`. */
export const insert = (list, node, at) => list.insertBefore(Object.assign(node, { at }), [...list.children].find((other) => other.at < at) ?? null);
export const hasFocus = (node) => node.contains(document.activeElement);

export function icon(name) {
	const [svg, use] = ["svg", "use"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
	use.setAttribute("href", `icons.svg#${name}`);
	svg.setAttribute("viewBox", "0 0 24 24");
	svg.ariaHidden = "true";
	svg.append(use);
	return svg;
}

/** A browser may deny it. */
const stored = (act, where = "localStorage") => { try { return act(window[where]); } catch { return null; } };
export const kept = (name, where) => stored((place) => JSON.parse(place.getItem(`sorami:${name}`)), where);
export const keep = (name, value, where) => stored((place) => place.setItem(`sorami:${name}`, JSON.stringify(value)), where);
export const drop = (name, where) => stored((place) => place.removeItem(`sorami:${name}`), where);
