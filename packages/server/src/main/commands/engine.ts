import type { Command } from 'commander';
import { listenError, StartError } from '../start-error.ts';
import { commandLogger, guarded, print, untilStopped } from './running.ts';

interface EngineFlags {
  readonly port: string;
  readonly host: string;
  readonly scenario?: string;
  readonly key?: string;
  readonly sessions: string;
  readonly logLevel: string;
}

/** `prism engine`: the built-in engine by itself, a Realtime server for other people's clients. */
export function addEngineCommand(program: Command): void {
  const engine = program
    .command('engine')
    .description('run the built-in engine by itself: a Realtime API server without key or network')
    .option('--port <number>', 'port of the WebSocket and HTTP door', '8081')
    .option('--host <address>', 'address it listens on', '127.0.0.1')
    .option('--scenario <file>', "scenario file (default: the engine's own assistant)")
    .option('--key <key>', 'key that clients must present (default: none is asked for)')
    .option('--sessions <number>', 'sessions at a time; more are refused', '16')
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
    .action((flags: EngineFlags) => guarded(() => serveEngine(flags)));
  engine
    .command('check')
    .description('check a scenario file and say, line by line, what is wrong with it')
    .argument('<file>', 'scenario file')
    .action((file: string) => guarded(() => checkScenario(file)));
}

async function serveEngine(flags: EngineFlags): Promise<void> {
  const { createEngine, ScenarioError } = await import('@prism/engine');
  const logger = commandLogger({ level: flags.logLevel, format: 'auto' });
  const port = wholeNumber('--port', flags.port, 65_535);
  const engine = await createEngine({
    host: flags.host,
    port,
    sessionCountMax: wholeNumber('--sessions', flags.sessions, 10_000),
    ...(flags.key === undefined ? {} : { apiKeys: [flags.key] }),
    ...(flags.scenario === undefined ? {} : { scenarioPath: flags.scenario }),
    logger: {
      info: (message, fields) => logger.info(fields ?? {}, message),
      warn: (message, fields) => logger.warn(fields ?? {}, message),
      error: (message, fields) => logger.error(fields ?? {}, message),
    },
  }).catch((error: unknown) => {
    if (error instanceof ScenarioError) throw new StartError(error.message, { cause: error });
    throw listenError(error, `Port ${port} on ${flags.host}`, '--port');
  });
  print(
    [
      '',
      '  The engine is ready.',
      '',
      `  Base URL   ${engine.url}`,
      `  WebSocket  ${realtimeUrl(engine.url)}`,
      '',
    ].join('\n'),
  );
  await untilStopped(() => engine.close(), logger);
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
