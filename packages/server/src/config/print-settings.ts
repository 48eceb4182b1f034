import type { LoadedSettings } from './load-settings.ts';
import { SETTINGS, type SettingName } from './settings.ts';

/** The effective settings as text, one a line, with where each value came from; secrets stay hidden. */
export function printSettings({ settings, origins }: LoadedSettings): string {
  const rows = (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const value = settings[name];
    const text = value === undefined ? '(not set)' : JSON.stringify(value);
    return [SETTINGS[name].key, text, origins[name]] as const;
  });
  const keyWidth = Math.max(...rows.map(([key]) => key.length));
  const valueWidth = Math.max(...rows.map(([, value]) => value.length));
  return rows
    .map(
      ([key, value, origin]) => `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${origin}`,
    )
    .join('\n');
}
