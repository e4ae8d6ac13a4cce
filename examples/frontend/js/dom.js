// Nodes without markup: whatever comes from data is text, never HTML. And the page's own events.
import { say, when } from "./texts.js";
export * from "./texts.js";

const bus = new EventTarget();
export const root = document.documentElement;
export const $ = (id) => document.getElementById(id);
export const on = (name, listener) => bus.addEventListener(name, (event) => listener(event.detail));
export const emit = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

/** `kind`: tag.class.class; `t` and `label`: a key of texts.js, or [key, vars]; the rest are properties, or else attributes. */
export function el(kind, { t, label, ...rest } = {}, ...children) {
  const [tag, ...classes] = kind.split(".");
  const node = document.createElement(tag);
  node.classList.add(...classes);
  for (const [name, value] of Object.entries(rest)) name in node ? (node[name] = value) : node.setAttribute(name, value);
  node.append(...children.filter(Boolean));
  if (t) say(node, ...[t].flat());
  if (label) say(node, ...[label, {}].flat().slice(0, 2), "label");
  return node;
}

export const button = (classes, more, ...children) => el(`button.${classes}`, { type: "button", ...more }, ...children);

export const time = (at) => el("time.muted", { dateTime: at }, when(at));

/** The beginning of a text; an emoji is not cut in two. */
export const brief = (text, length) => [...text].slice(0, length).join("");

export function icon(name) {
  const [svg, use] = ["svg", "use"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  use.setAttribute("href", `icons.svg#${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** Kept on this machine, where the browser allows that; in `sessionStorage`, for this tab alone. */
export const kept = (name, where = "localStorage") => { try { return JSON.parse(window[where].getItem(`sorami:${name}`)); } catch { return null; } };
export const keep = (name, value, where = "localStorage") => { try { window[where].setItem(`sorami:${name}`, JSON.stringify(value)); } catch { /* no */ } };
export const drop = (name, where) => { try { window[where].removeItem(`sorami:${name}`); } catch { /* no */ } };
