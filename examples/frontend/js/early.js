// Before the first paint, so that no page flashes in the other theme.
try {
	const read = (name) => JSON.parse(localStorage.getItem(`sorami:${name}`));
	if (read("lang") === "en") document.documentElement.lang = "en";
	document.documentElement.style.colorScheme = read("theme");
} catch { /* a browser may deny it */ }
