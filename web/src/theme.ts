// Colours: those of the system, or the ones chosen; `public/theme.js` puts the choice back before the first painting.
export type Theme = "system" | "light" | "dark";

const KEPT = "lexiscope-theme";

/** The colours chosen. */
export function theme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** Choose colours, now and for the next visit. */
export function chooseTheme(chosen: Theme): void {
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  try {
    if (chosen === "system") localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, chosen);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
}
