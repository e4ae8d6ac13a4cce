// Before the first paint, so that no page flashes in the other theme or without its language.
const early = (name) => { try { return JSON.parse(localStorage.getItem(`sorami:${name}`)); } catch { return null; } };
document.documentElement.lang = early("lang") === "en" ? "en" : "fr";
if (early("theme")) document.documentElement.dataset.theme = early("theme");
