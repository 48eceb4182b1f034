import type { LoadedSettings } from '../../../config/load-settings.ts';
import { SETTINGS, type SettingName } from '../../../config/settings.ts';
import { type Check, fail, ok } from '../check.ts';

/** Settings as they were read, or why they can't be. */
export type SettingsRead =
  | { readonly isRead: true; readonly loaded: LoadedSettings }
  | { readonly isRead: false; readonly reason: string };

/** Names what is set and where; values stay out, since `prism config` prints them. */
export function settingsCheck(read: SettingsRead): Check {
  return {
    id: 'settings',
    name: 'Settings',
    limitMs: 1_000,
    run: async () => {
      if (!read.isRead)
        return fail(
          read.reason,
          'Correct it and run prism doctor again; prism config prints what is in force.',
        );
      const { origins } = read.loaded;
      const set = (Object.keys(SETTINGS) as SettingName[])
        .filter((name) => origins[name] !== 'default')
        .map((name) => `${SETTINGS[name].key} (${origins[name]})`);
      return ok(set.length === 0 ? 'all at their defaults' : `set: ${set.join(', ')}`, {
        setCount: set.length,
      });
    },
  };
}
