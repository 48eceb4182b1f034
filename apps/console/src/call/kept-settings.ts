import type { PlaygroundAction, PlaygroundState } from '../state/playground-state.ts';
import { readSettings, type Settings, writeSettings } from '../state/settings.ts';
import type { Store } from '../state/store.ts';

const STORAGE_KEY = 'prism.settings';

/** The settings of an earlier visit. */
export function keptSettings(): Settings {
  try {
    return readSettings(localStorage.getItem(STORAGE_KEY));
  } catch {
    // Storage may be forbidden.
    return readSettings(null);
  }
}

/** Keeps the settings for the next visit whenever they change. */
export function keepSettings(store: Store<PlaygroundState, PlaygroundAction>): void {
  let kept = store.state().settings;
  store.subscribe(() => {
    const { settings } = store.state();
    if (settings === kept) return;
    kept = settings;
    try {
      localStorage.setItem(STORAGE_KEY, writeSettings(settings));
    } catch {
      // Storage may be forbidden or full; the settings then last for this page only.
    }
  });
}
