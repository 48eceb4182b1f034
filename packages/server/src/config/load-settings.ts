import { readFileSync } from 'node:fs';
import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import { portProblem } from './check-ports.ts';
import { problemOf } from './setting-problem.ts';
import { SETTINGS, type SettingName, type SettingOrigin, type Settings } from './settings.ts';
import { parseSettingsFile, type SettingsFile } from './settings-file.ts';

/** A configuration that can't be used; the message is one line and says what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface SettingsSources {
  /** Path of the configuration file; `prism.yaml` in the working directory is read if it is there. */
  readonly filePath: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values by setting name, as given on the command line or by the caller of the library. */
  readonly flags: Readonly<Partial<Record<SettingName, unknown>>>;
}

export interface LoadedSettings {
  readonly settings: Settings;
  readonly origins: Readonly<Record<SettingName, SettingOrigin>>;
}

const DEFAULT_FILE_PATH = 'prism.yaml';
const NAMES = Object.keys(SETTINGS) as SettingName[];

/** Reads file < environment < flags. Throws {@link ConfigError} on anything unknown, out of range or contradictory. */
export function loadSettings(sources: SettingsSources): LoadedSettings {
  const fromFile = readFile(sources.filePath);
  const values: Record<string, unknown> = {};
  const origins: Record<string, SettingOrigin> = {};
  for (const name of NAMES) {
    const definition = SETTINGS[name];
    const flagValue = sources.flags[name];
    // An empty variable is one that isn't set, as shells and containers have it.
    const envValue = sources.env[definition.env] || undefined;
    const fileValue = fromFile.values.get(definition.key);
    const [origin, value, where] =
      flagValue !== undefined
        ? (['flag', flagValue, definition.key] as const)
        : envValue !== undefined
          ? (['environment', envValue, definition.env] as const)
          : fileValue !== undefined
            ? (['file', fileValue, definition.key] as const)
            : (['default', undefined, definition.key] as const);
    origins[name] = origin;
    values[name] =
      origin === 'default'
        ? definition.defaultValue
        : check(name, value, (path) =>
            place(where, origin === 'file' ? fromFile : undefined, path),
          );
  }
  const settings = Object.freeze(values) as Settings;
  const problem = portProblem(settings);
  if (problem !== undefined) throw new ConfigError(problem);
  return {
    settings,
    origins: Object.freeze(origins) as Record<SettingName, SettingOrigin>,
  };
}

function check(
  name: SettingName,
  value: unknown,
  placeOf: (path: readonly string[]) => string,
): unknown {
  const { schema, doc } = SETTINGS[name];
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = problemOf(parsed.error, schema);
  const advice = path.length === 0 ? ` ${doc}` : '';
  const sentence = /[.?]$/.test(message) ? message : `${message}.`;
  throw new ConfigError(`${placeOf(path)}: ${sentence}${advice}`);
}

/** Where something is wrong: the setting, and inside of one with members the line of the file and the way there. */
function place(where: string, file: FileValues | undefined, path: readonly string[]): string {
  if (path.length === 0) return where;
  const inner = [where, ...path].join('.');
  return file === undefined ? inner : `${file.path}:${file.lineOf(where, path)}: ${inner}`;
}

/** What a file says. */
interface FileValues {
  readonly path: string;
  /** By dotted key. */
  readonly values: ReadonlyMap<string, unknown>;
  /** The line of something inside of a key's value. */
  readonly lineOf: (key: string, path: readonly string[]) => number;
}

/** The file's values; none if there is no file and none was asked for. */
function readFile(filePath: string | undefined): FileValues {
  const path = filePath ?? DEFAULT_FILE_PATH;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (filePath === undefined && code === 'ENOENT')
      return { path, values: new Map(), lineOf: () => 0 };
    throw new ConfigError(
      `The configuration file ${path} can't be read (${code}). Check the path and its permissions.`,
    );
  }
  const file = parseFile(path, text);
  return {
    path,
    values: flatten(path, file),
    lineOf: (key, inner) => file.lineOf([...key.split('.'), ...inner]),
  };
}

function parseFile(path: string, text: string): SettingsFile {
  try {
    return parseSettingsFile(text);
  } catch (error) {
    const detail = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new ConfigError(`The configuration file ${path} isn't valid YAML: ${detail}`);
  }
}

const sectionSchema = z.record(z.string(), z.unknown());

function flatten(path: string, { content, lineOf }: SettingsFile): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  if (content === null || content === undefined) return values;
  const root = sectionSchema.safeParse(content);
  if (!root.success)
    throw new ConfigError(`The configuration file ${path} must hold settings by name.`);
  const keys = NAMES.map((name) => SETTINGS[name].key);
  const visit = (prefix: string, section: Readonly<Record<string, unknown>>): void => {
    for (const [part, value] of Object.entries(section)) {
      const key = prefix === '' ? part : `${prefix}.${part}`;
      const isSection = keys.some((known) => known.startsWith(`${key}.`));
      const nested = isSection ? sectionSchema.safeParse(value) : undefined;
      if (nested?.success === true) visit(key, nested.data);
      else if (keys.includes(key)) values.set(key, value);
      else
        throw new ConfigError(
          `${path}:${lineOf(key.split('.'))}: unknown key '${key}'. Did you mean '${closest(key, keys)}'?`,
        );
    }
  };
  visit('', root.data);
  return values;
}
