import { SETTINGS, type SettingName } from './settings.ts';

const NAMES = Object.keys(SETTINGS) as SettingName[];

/** The reference page of all settings, in Markdown. */
export function settingsPage(): string {
  const rows = NAMES.map((name) => {
    const definition = SETTINGS[name];
    const flag =
      'flag' in definition && definition.flag !== undefined ? `\`${definition.flag}\`` : '';
    return `| \`${definition.key}\` | \`${definition.env}\` | ${flag} | ${defaultText(name)} | ${definition.doc} |`;
  });
  return [
    '# Settings',
    '',
    'Made from `packages/server/src/config/settings.ts` by `npm run docs`; a test proves that it is up to date.',
    '',
    'A value in `prism.yaml` is overridden by the environment, the environment by a flag. `prism config` prints the',
    'effective values and where each comes from.',
    '',
    '| Key in prism.yaml | Environment | Flag | Default | What it is |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function defaultText(name: SettingName): string {
  const definition = SETTINGS[name];
  const value = definition.defaultValue;
  if (Array.isArray(value) && value.length > 0) return `\`${value.join(', ')}\``;
  if (value === undefined || typeof value === 'object') return 'not set';
  const unit = 'unit' in definition && definition.unit !== undefined ? ` ${definition.unit}` : '';
  return `\`${value}\`${unit}`;
}
