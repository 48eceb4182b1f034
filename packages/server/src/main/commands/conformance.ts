import { readFileSync, writeFileSync } from 'node:fs';
import type { AssertionResult, Capability, CheckServerOptions, Group } from '@prism/conformance';
import type { Command } from 'commander';
import { StartError } from '../start-error.ts';
import { guarded, print } from './running.ts';

interface ConformanceFlags {
  readonly key?: string;
  readonly model?: string;
  readonly transcriptionModel?: string;
  readonly group?: readonly string[];
  readonly only?: readonly string[];
  readonly without?: readonly string[];
  readonly speech?: string;
  readonly timeoutMs: string;
  readonly parallel: string;
  readonly allowUnauthenticated?: true;
  readonly json?: true;
  readonly junit?: string;
  readonly list?: true;
}

/** An assertion failed. */
const EXIT_FAILED = 1;
/** There is no server to check. */
const EXIT_UNUSABLE = 2;
const TIMEOUT_MS_MAX = 600_000;
const PARALLEL_COUNT_MAX = 32;

/** `prism conformance URL`: the assertions of the conformance kit on any Realtime server. */
export function addConformanceCommand(program: Command): void {
  program
    .command('conformance')
    .description('check a Realtime server, this one or any other, by what it sends')
    .argument('[url]', 'base URL (http://host/v1), or the address of its WebSocket')
    .option('--key <key>', 'key that is presented')
    .option('--model <name>', "model of the sessions (default: the URL's, or gpt-realtime)")
    .option(
      '--transcription-model <name>',
      'model of transcriptions (default: gpt-4o-mini-transcribe)',
    )
    .option('--group <names...>', 'try these groups alone')
    .option('--only <ids...>', 'try these assertions alone; the beginning of an id takes all below')
    .option('--without <capabilities...>', 'skip what needs these capabilities; --list names them')
    .option(
      '--speech <file>',
      'speech as 16-bit PCM WAV, mono, 24 kHz (default: "What time is it?")',
    )
    .option('--timeout-ms <number>', 'how long one reply may take', '10000')
    .option('--parallel <number>', 'sessions at the same time', '4')
    .option('--allow-unauthenticated', 'the server asks for no key, and that is meant')
    .option('--json', 'print the report as JSON')
    .option('--junit <file>', 'write the report as JUnit XML too')
    .option('--list', 'list the assertions and try none')
    .action((url: string | undefined, flags: ConformanceFlags) =>
      guarded(() => (flags.list === true ? listAssertions(flags) : checkUrl(url, flags))),
    );
}

async function listAssertions(flags: ConformanceFlags): Promise<void> {
  const { headingsOf } = await import('@prism/conformance');
  const headings = headingsOf(await selectionOf(flags));
  if (flags.json === true) {
    print(JSON.stringify(headings, null, 2));
    return;
  }
  for (const { id, statement, needs, reference } of headings) {
    const need = needs.length === 0 ? '' : `  needs ${needs.join(', ')}`;
    print(`${id}  ${statement}  [${reference}]${need}`);
  }
  print(`${headings.length} assertions`);
}

async function checkUrl(url: string | undefined, flags: ConformanceFlags): Promise<void> {
  if (url === undefined) throw new StartError('conformance takes the URL of a server.');
  const { checkServer, jsonReport, junitReport, plainLines, tallyLine, tallyOf } = await import(
    '@prism/conformance'
  );
  const isJson = flags.json === true;
  const tell = (results: readonly AssertionResult[]): void => {
    for (const line of results.flatMap(plainLines)) print(line);
  };
  const outcome = await checkServer({
    url,
    ...(await selectionOf(flags)),
    key: flags.key,
    model: flags.model,
    transcriptionModel: flags.transcriptionModel,
    timeoutMs: numberFrom('--timeout-ms', flags.timeoutMs, TIMEOUT_MS_MAX),
    parallelCount: numberFrom('--parallel', flags.parallel, PARALLEL_COUNT_MAX),
    speech: await speechFrom(flags.speech),
    isUnauthenticated: flags.allowUnauthenticated === true,
    without: await capabilitiesFrom(flags.without ?? []),
    ...(isJson ? {} : { onResults: tell }),
  });
  if (outcome.type === 'unusable') {
    process.stderr.write(`prism: ${url}: ${outcome.reason}.\n`);
    process.exitCode = EXIT_UNUSABLE;
    return;
  }
  const { results, transport } = outcome;
  if (flags.junit !== undefined) writeReport(flags.junit, junitReport(results));
  const tally = tallyOf(results);
  print(isJson ? jsonReport(results, { url, transport }) : tallyLine(tally));
  if (tally.failedCount > 0) process.exitCode = EXIT_FAILED;
}

async function selectionOf(
  flags: ConformanceFlags,
): Promise<Pick<CheckServerOptions, 'groups' | 'ids'>> {
  const { GROUPS, headingsOf, isGroup } = await import('@prism/conformance');
  const groups = flags.group?.map((name): Group => {
    if (isGroup(name)) return name;
    throw new StartError(`'${name}' is no group; there are ${Object.keys(GROUPS).join(', ')}.`);
  });
  const selection = { groups, ids: flags.only };
  if (headingsOf(selection).length === 0) {
    throw new StartError('no assertion is left by --group and --only; --list names them all.');
  }
  return selection;
}

async function capabilitiesFrom(names: readonly string[]): Promise<readonly Capability[]> {
  const { CAPABILITIES, isCapability } = await import('@prism/conformance');
  return names.map((name) => {
    if (isCapability(name)) return name;
    const known = Object.keys(CAPABILITIES).join(', ');
    throw new StartError(`'${name}' is no capability; there are ${known}.`);
  });
}

async function speechFrom(file: string | undefined): Promise<Int16Array> {
  const { DEFAULT_SPEECH_URL, readSpeech } = await import('@prism/conformance');
  const read = readSpeech(readBytes(file ?? DEFAULT_SPEECH_URL));
  if (read.ok) return read.pcm;
  throw new StartError(`--speech ${file ?? ''}: ${read.reason}.`);
}

function readBytes(file: string | URL): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new StartError(`The speech can't be read: ${reasonOf(cause)}`, { cause });
  }
}

function writeReport(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new StartError(`The report can't be written: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function numberFrom(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new StartError(`${flag} takes a whole number from 1 to ${max}, not '${text}'.`);
}
