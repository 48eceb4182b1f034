import type { LoadedSettings } from './load-settings.ts';
import { SETTINGS, type SettingName } from './settings.ts';

/** Characters of an agent's instructions that are printed. */
const INSTRUCTIONS_CHARS_MAX = 60;

/** The effective settings as text, one a line, with where each value came from; secrets stay hidden. */
export function printSettings({ settings, origins }: LoadedSettings): string {
  const rows = (Object.keys(SETTINGS) as SettingName[]).flatMap((name) => {
    const { key } = SETTINGS[name];
    if (name !== 'agents') return [[key, textOf(settings[name]), origins[name]] as const];
    const agents = Object.entries(settings.agents);
    if (agents.length === 0) return [[key, textOf(undefined), origins[name]] as const];
    return agents.map(([agent, value]) => {
      const text = JSON.stringify({ ...value, instructions: cut(value.instructions) });
      return [`${key}.${agent}`, text, origins[name]] as const;
    });
  });
  const keyWidth = Math.max(...rows.map(([key]) => key.length));
  const valueWidth = Math.max(...rows.map(([, value]) => value.length));
  return rows
    .map(
      ([key, value, origin]) => `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${origin}`,
    )
    .join('\n');
}

function textOf(value: unknown): string {
  return value === undefined ? '(not set)' : JSON.stringify(value);
}

/** The beginning of a long text, and how long it is. */
function cut(text: string | undefined): string | undefined {
  if (text === undefined || text.length <= INSTRUCTIONS_CHARS_MAX) return text;
  return `${text.slice(0, INSTRUCTIONS_CHARS_MAX)}… (${text.length} characters)`;
}
