import { readFileSync } from 'node:fs';
import type { EngineOptions, Redaction } from '@prism/engine';
import { type Command, Option } from 'commander';
import type { Logger } from '../../observability/logger.ts';
import { listenError, StartError } from '../start-error.ts';
import { commandLogger, guarded, print, untilStopped } from './running.ts';

interface EngineFlags {
  readonly port: string;
  readonly host: string;
  readonly profile: 'voice' | 'simulator';
  readonly scenario?: string;
  readonly script?: string;
  readonly key?: string;
  readonly sessions?: string;
  readonly record?: string;
  readonly redact: Redaction;
  readonly logLevel: string;
}

interface ReplayFlags {
  readonly port: string;
  readonly host: string;
  readonly pace: string;
}

/** `prism engine`: the built-in engine by itself, a Realtime server for other people's clients. */
export function addEngineCommand(program: Command): void {
  const engine = program
    .command('engine')
    .description('run the built-in engine by itself: a Realtime API server without key or network')
    .addOption(
      new Option(
        '--profile <name>',
        'voice: hears and speaks; simulator: scripted, seeded, with faults',
      )
        .choices(['voice', 'simulator'])
        .default('voice'),
    )
    .option('--port <number>', 'port of the WebSocket and HTTP door', '8081')
    .option('--host <address>', 'address it listens on', '127.0.0.1')
    .option('--scenario <file>', "voice: scenario file (default: the engine's own assistant)")
    .option('--script <file>', 'simulator: script of connections that ask for none')
    .option('--key <key>', 'key that clients must present (default: none is asked for)')
    .option(
      '--sessions <number>',
      'sessions at a time; more are refused (voice: 16, simulator: 2000)',
    )
    .option(
      '--record <folder>',
      'voice: write the wire traffic of each session to a file in this folder',
    )
    .addOption(
      new Option('--redact <what>', 'what is taken out of recordings')
        .choices(['none', 'audio', 'content'])
        .default('none'),
    )
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
    .action((flags: EngineFlags) =>
      guarded(() => (flags.profile === 'voice' ? serveVoice(flags) : serveSimulator(flags))),
    );
  engine
    .command('replay')
    .description('serve a recorded session: the same answers to a client that does the same')
    .argument('<tape>', 'recording made by prism engine --record')
    .option('--port <number>', 'port of the WebSocket door', '8081')
    .option('--host <address>', 'address it listens on', '127.0.0.1')
    .option('--pace <ratio>', 'how many times faster than recorded; 0 sends at once', '1')
    .action((tapePath: string, flags: ReplayFlags) => guarded(() => serveReplay(tapePath, flags)));
  engine
    .command('check')
    .description('check a scenario file and say, line by line, what is wrong with it')
    .argument('<file>', 'scenario file')
    .action((file: string) => guarded(() => checkScenario(file)));
}

async function serveVoice(flags: EngineFlags): Promise<void> {
  const { createEngine, ScenarioError } = await import('@prism/engine');
  const logger = commandLogger({ level: flags.logLevel, format: 'auto' });
  const door = doorOptions(flags, logger);
  const engine = await createEngine({
    ...door,
    ...(flags.scenario === undefined ? {} : { scenarioPath: flags.scenario }),
    ...(flags.record === undefined
      ? {}
      : { recording: { folderPath: flags.record, redaction: flags.redact } }),
  }).catch((error: unknown) => {
    if (error instanceof ScenarioError) throw new StartError(error.message, { cause: error });
    throw listenError(error, `Port ${door.port} on ${flags.host}`, '--port');
  });
  await untilStopped({
    announce: () => printAddresses('The engine is ready.', engine.url),
    close: () => engine.close(),
    logger,
  });
}

async function serveSimulator(flags: EngineFlags): Promise<void> {
  const { createSimulator, SimulatorScriptError } = await import('@prism/engine');
  const logger = commandLogger({ level: flags.logLevel, format: 'auto' });
  const door = doorOptions(flags, logger);
  const simulator = await createSimulator({
    ...door,
    ...(flags.script === undefined ? {} : { script: readScript(flags.script) }),
  }).catch((error: unknown) => {
    if (error instanceof SimulatorScriptError) {
      throw new StartError(error.message, { cause: error });
    }
    throw listenError(error, `Port ${door.port} on ${flags.host}`, '--port');
  });
  await untilStopped({
    announce: () => printAddresses('The simulator is ready.', simulator.url),
    close: () => simulator.close(),
    logger,
  });
}

/** What the doors of both profiles take alike. */
function doorOptions(
  flags: EngineFlags,
  logger: Logger,
): Pick<EngineOptions, 'host' | 'sessionCountMax' | 'apiKeys' | 'logger'> & {
  readonly port: number;
} {
  return {
    host: flags.host,
    port: wholeNumber('--port', flags.port, 65_535),
    ...(flags.sessions === undefined
      ? {}
      : { sessionCountMax: wholeNumber('--sessions', flags.sessions, 10_000) }),
    ...(flags.key === undefined ? {} : { apiKeys: [flags.key] }),
    logger: {
      info: (message, fields) => logger.info(fields ?? {}, message),
      warn: (message, fields) => logger.warn(fields ?? {}, message),
      error: (message, fields) => logger.error(fields ?? {}, message),
    },
  };
}

function readScript(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`The script can't be read: ${reason}`, { cause });
  }
}

async function serveReplay(tapePath: string, flags: ReplayFlags): Promise<void> {
  const { createReplay, TapeError } = await import('@prism/engine');
  const port = wholeNumber('--port', flags.port, 65_535);
  const paceRatio = Number(flags.pace);
  if (!(paceRatio >= 0)) throw new StartError(`--pace takes a number, not '${flags.pace}'.`);
  const replay = await createReplay({
    tapePath,
    host: flags.host,
    port,
    paceRatio: paceRatio === 0 ? Number.POSITIVE_INFINITY : paceRatio,
  }).catch((error: unknown) => {
    if (error instanceof TapeError) throw new StartError(error.message, { cause: error });
    throw listenError(error, `Port ${port} on ${flags.host}`, '--port');
  });
  await untilStopped({
    announce: () => printAddresses('The recording is ready.', replay.url),
    close: () => replay.close(),
    logger: commandLogger({ level: 'info', format: 'auto' }),
  });
}

function printAddresses(title: string, baseUrl: string): void {
  const lines = [`  Base URL   ${baseUrl}`, `  WebSocket  ${realtimeUrl(baseUrl)}`];
  print(['', `  ${title}`, '', ...lines, ''].join('\n'));
}

function realtimeUrl(baseUrl: string): string {
  return `${baseUrl.replace(/^http/, 'ws')}/realtime?model=prism-engine`;
}

async function checkScenario(file: string): Promise<void> {
  const { readScenario, ScenarioError } = await import('@prism/engine');
  try {
    readScenario(file);
  } catch (error) {
    if (error instanceof ScenarioError) throw new StartError(error.message, { cause: error });
    throw error;
  }
  print(`${file} is a scenario.`);
}

function wholeNumber(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new StartError(`${flag} takes a whole number from 0 to ${max}, not '${text}'.`);
}
