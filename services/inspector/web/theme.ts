/** Light or dark: as the system says, or as the reader of the page has said. */

export type Theme = "system" | "light" | "dark";

const key = "understudy-theme";

export function theme(): Theme {
  const kept = localStorage.getItem(key);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function applyTheme(next = theme()): void {
  localStorage.setItem(key, next);
  if (next === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", next);
}
