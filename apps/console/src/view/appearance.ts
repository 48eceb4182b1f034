import type { ThemeColor } from '../call/theme-color.ts';

/** Light or dark, or as the system wants it. */
export type Appearance = 'system' | 'light' | 'dark';

const STORAGE_KEY = 'prism.appearance';

/** What follows when the toggle is pressed. */
export function nextAppearance(appearance: Appearance): Appearance {
  switch (appearance) {
    case 'system':
      return 'light';
    case 'light':
      return 'dark';
    case 'dark':
      return 'system';
  }
}

/** The appearance chosen on an earlier visit. */
export function storedAppearance(): Appearance {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    // Storage may be forbidden; the choice then lasts for this page only.
    return 'system';
  }
}

/** Shows an appearance and remembers it. */
export function applyAppearance(appearance: Appearance): void {
  document.documentElement.dataset.appearance = appearance;
  try {
    localStorage.setItem(STORAGE_KEY, appearance);
  } catch {
    // Storage may be forbidden; the choice then lasts for this page only.
  }
}

/** Recolours the page's accent. */
export function applyThemeColor(color: ThemeColor): void {
  document.documentElement.dataset.accent = color;
}
