// Before anything is painted: the colours that were chosen last time, so that no other ones flash up.
try {
  const chosen = localStorage.getItem("lexiscope-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage may be forbidden; then the system's colours are shown.
}
