// The one file that differs from stack to stack, from the page's own origin.
export const config = await fetch("config.json").then((answer) => answer.json());
