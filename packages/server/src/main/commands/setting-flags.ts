import type { Command } from 'commander';
import { type LoadedSettings, loadSettings } from '../../config/load-settings.ts';
import { SETTINGS, type SettingName } from '../../config/settings.ts';

/** Option values as commander hands them to an action. */
export type FlagValues = Readonly<Record<string, string | boolean | undefined>>;

const FLAGS: readonly { readonly name: SettingName; readonly flag: string }[] = (
  Object.keys(SETTINGS) as SettingName[]
).flatMap((name) => {
  const definition = SETTINGS[name];
  return 'flag' in definition && definition.flag !== undefined
    ? [{ name, flag: definition.flag }]
    : [];
});

/** Gives a command the flags of all settings that have one, and `--config`. */
export function addSettingFlags(command: Command): Command {
  command.option('--config <path>', 'configuration file (default: prism.yaml, if it is there)');
  for (const { name, flag } of FLAGS) {
    command.option(flag, `${SETTINGS[name].doc} [${SETTINGS[name].env}]`);
  }
  return command;
}

/** The settings from file, environment and the flags given. Throws `ConfigError`. */
export function settingsFromFlags(values: FlagValues): LoadedSettings {
  const flags: Partial<Record<SettingName, unknown>> = {};
  for (const { name, flag } of FLAGS) {
    const value = values[optionName(flag)];
    if (value !== undefined) flags[name] = value;
  }
  return loadSettings({ filePath: textOf(values['config']), env: process.env, flags });
}

/** The value of an option that takes one. */
function textOf(value: FlagValues[string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** `--media-port <number>` is `mediaPort` in commander's values. */
function optionName(flag: string): string {
  const words = (flag.split(' ')[0] ?? '').slice(2).split('-');
  return words
    .map((word, index) => (index === 0 ? word : word[0]?.toUpperCase() + word.slice(1)))
    .join('');
}
