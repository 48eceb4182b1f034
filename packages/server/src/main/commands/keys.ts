import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { keyDigest } from '../../auth/key-digest.ts';
import { SCOPES, type Scope } from '../../auth/scopes.ts';
import { type KeyEntry, KeyFileError } from '../../keys/key-file.ts';
import { changeKeys, loadKeys } from '../../keys/store-keys.ts';
import { systemClock } from '../../runtime/system-clock.ts';
import { StartError } from '../start-error.ts';
import { guarded, print } from './running.ts';
import { addSettingFlags, type FlagValues, settingsFromFlags } from './setting-flags.ts';

const DAY_MS = 86_400_000;

/** `prism keys create`, `list` and `revoke`: the file of server keys, which a running server reads again by itself. */
export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('server keys: make, list and revoke them');
  addFileFlags(keys.command('create'))
    .description('make a server key and print it; nothing can print it again')
    .requiredOption('--label <text>', 'what the key is for, for people')
    .requiredOption('--scope <names>', `what it may do, separated by commas: ${SCOPES.join(', ')}`)
    .option('--days <number>', 'after how many days it ends; never if absent')
    .action((values: FlagValues) => guarded(async () => create(values)));
  addFileFlags(keys.command('list'))
    .description('list the keys of the file')
    .action((values: FlagValues) => guarded(async () => list(values)));
  addFileFlags(keys.command('revoke'))
    .description('revoke a key, and with it the client secrets that it made')
    .argument('<id>', 'its id, as list shows it')
    .action((id: string, values: FlagValues) => guarded(async () => revoke(id, values)));
}

function addFileFlags(command: Command): Command {
  return addSettingFlags(command).option(
    '--file <path>',
    'the keys file (default: access.keysFile of the settings) [PRISM_KEYS_FILE]',
  );
}

function create(values: FlagValues): void {
  const path = pathOf(values);
  const scopes = scopesOf(values['scope']);
  const expiresAtMs = expiryOf(values['days']);
  const key = `prism_${randomBytes(32).toString('base64url')}`;
  const digest = keyDigest(key);
  const entry: KeyEntry = {
    id: `key_${digest.slice(7, 19)}`,
    label: String(values['label']),
    digest,
    scopes: [...scopes],
    createdAt: new Date(systemClock.wallMs()).toISOString(),
    ...(expiresAtMs === undefined ? {} : { expiresAt: new Date(expiresAtMs).toISOString() }),
  };
  explained(path, () => changeKeys(path, (entries) => [...entries, entry]));
  print(
    [
      `  Key     ${key}`,
      `  Id      ${entry.id}`,
      `  Scopes  ${entry.scopes.join(', ')}`,
      `  Ends    ${entry.expiresAt ?? 'never'}`,
      '',
      `Keep the key now: ${path} has only its digest.`,
    ].join('\n'),
  );
}

function list(values: FlagValues): void {
  const path = pathOf(values);
  const entries = explained(path, () => loadKeys(path));
  if (entries.length === 0) {
    print(`${path} has no keys.`);
    return;
  }
  const rows = entries.map((entry) => [
    entry.id,
    stateOf(entry),
    entry.scopes.join(','),
    entry.createdAt.slice(0, 10),
    entry.expiresAt?.slice(0, 10) ?? 'never',
    entry.label,
  ]);
  const table = [['ID', 'STATE', 'SCOPES', 'MADE', 'ENDS', 'LABEL'], ...rows];
  const widths = table[0]?.map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  const lines = table.map((row) =>
    row.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join('  '),
  );
  print(lines.map((line) => line.trimEnd()).join('\n'));
}

function revoke(id: string, values: FlagValues): void {
  const path = pathOf(values);
  explained(path, () =>
    changeKeys(path, (entries) => {
      if (!entries.some((entry) => entry.id === id)) throw new KeyFileError(`it has no key ${id}`);
      return entries.map((entry) => (entry.id === id ? { ...entry, revoked: true } : entry));
    }),
  );
  print(`${id} is revoked; servers that watch ${path} refuse it within a second.`);
}

function stateOf({ revoked, expiresAt }: KeyEntry): string {
  if (revoked === true) return 'revoked';
  const isOver = expiresAt !== undefined && Date.parse(expiresAt) <= systemClock.wallMs();
  return isOver ? 'expired' : 'active';
}

function pathOf(values: FlagValues): string {
  const { file } = values;
  const path = typeof file === 'string' ? file : settingsFromFlags(values).settings.keysFilePath;
  if (path === undefined)
    throw new StartError('No keys file is set: give --file, or set access.keysFile.');
  return path;
}

function scopesOf(value: FlagValues[string]): readonly Scope[] {
  const names = String(value)
    .split(',')
    .map((name) => name.trim());
  const scopes = SCOPES.filter((scope) => names.includes(scope));
  const wrong = names.find((name) => !SCOPES.some((scope) => scope === name));
  if (wrong === undefined) return scopes;
  throw new StartError(`There is no scope '${wrong}'; there are ${SCOPES.join(', ')}.`);
}

function expiryOf(value: FlagValues[string]): number | undefined {
  if (value === undefined) return undefined;
  const days = Number(value);
  if (Number.isFinite(days) && days > 0 && days <= 36_500)
    return systemClock.wallMs() + days * DAY_MS;
  throw new StartError(`--days takes a number of days, not '${String(value)}'.`);
}

function explained<Value>(path: string, action: () => Value): Value {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    throw new StartError(`The keys file ${path} can't be used: ${error.message}.`, {
      cause: error,
    });
  }
}
