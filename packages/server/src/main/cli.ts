import { Command } from 'commander';
import { ConfigError, type LoadedSettings, loadSettings } from '../config/load-settings.ts';
import { printSettings } from '../config/print-settings.ts';
import { SETTINGS, type SettingName } from '../config/settings.ts';
import { createLogger, type Logger } from '../observability/logger.ts';
import { captureStackLog } from '../webrtc/stack-log.ts';
import { createPrism, PRISM_VERSION, type Prism } from './create-prism.ts';
import { StartError } from './start-error.ts';

/** Settings that have a flag, by the name commander gives the flag's value. */
const FLAGGED_NAMES = (Object.keys(SETTINGS) as SettingName[]).filter(
  (name) => 'flag' in SETTINGS[name],
);

/** Runs the `prism` command. Settles when the command is done; `serve` is done when the server has stopped. */
export async function run(argv: readonly string[]): Promise<void> {
  const program = new Command('prism')
    .description('A realtime media server: WebRTC on the front, the OpenAI Realtime API behind.')
    .version(PRISM_VERSION)
    .showHelpAfterError('Run prism --help for what there is.');
  const serve = program
    .command('serve', { isDefault: true })
    .description('start the server and the playground (the default command)')
    .action((options: FlagValues) => guarded(async () => serveUntilStopped(load(options))));
  const config = program
    .command('config')
    .description('print the effective settings with where each comes from')
    .action((options: FlagValues) => guarded(async () => print(printSettings(load(options)))));
  for (const command of [serve, config]) {
    command.option('--config <path>', 'configuration file (default: prism.yaml, if it is there)');
    for (const name of FLAGGED_NAMES) {
      const definition = SETTINGS[name];
      if ('flag' in definition && definition.flag !== undefined) {
        command.option(definition.flag, `${definition.doc} [${definition.env}]`);
      }
    }
  }
  await program.parseAsync([...argv]);
}

type FlagValues = Readonly<Record<string, string | undefined>>;

function load(options: FlagValues): LoadedSettings {
  const flags: Partial<Record<SettingName, unknown>> = {};
  for (const name of FLAGGED_NAMES) {
    const definition = SETTINGS[name];
    if (!('flag' in definition) || definition.flag === undefined) continue;
    const value = options[optionName(definition.flag)];
    if (value !== undefined) flags[name] = value;
  }
  return loadSettings({ filePath: options['config'], env: process.env, flags });
}

/** `--media-port <number>` is `mediaPort` in commander's values. */
function optionName(flag: string): string {
  const words = (flag.split(' ')[0] ?? '').slice(2).split('-');
  return words
    .map((word, index) => (index === 0 ? word : word[0]?.toUpperCase() + word.slice(1)))
    .join('');
}

async function serveUntilStopped({ settings }: LoadedSettings): Promise<void> {
  const isTerminal = process.stdout.isTTY;
  const format =
    settings.logFormat === 'auto' ? (isTerminal ? 'pretty' : 'json') : settings.logFormat;
  const logger = createLogger({ level: settings.logLevel, format });
  const prism = await createPrism(settings, logger);
  captureStackLog((detail) => logger.warn({ detail }, 'webrtc stack'));
  await runUntilStopped(prism, logger);
  // The stack's log callback would keep the process alive for ever; everything else has been closed.
  process.exit();
}

async function runUntilStopped(prism: Prism, logger: Logger): Promise<void> {
  printBanner(prism);
  await new Promise<void>((resolve) => {
    let isStopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      // A second signal means that the person has no patience left.
      if (isStopping) process.exit(130);
      isStopping = true;
      logger.info({ signal }, 'stopping');
      prism.close().then(resolve, (error: unknown) => {
        logger.error({ err: error }, 'stopping failed');
        process.exitCode = 1;
        resolve();
      });
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

function printBanner(prism: Prism): void {
  const { upstream, media, version } = prism.info();
  const key = prism.generatedApiKey;
  print(
    [
      '',
      `  Prism ${version} is ready.`,
      '',
      `  Playground  ${prism.url}${key === undefined ? '' : `/#key=${key}`}`,
      `  Upstream    ${upstream.label}, model ${upstream.model} (${upstream.reason})`,
      `  Media       UDP port ${media.port}`,
      ...(key === undefined
        ? []
        : [`  Server key  ${key} (made now; set PRISM_API_KEYS to keep one)`]),
      '',
    ].join('\n'),
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Runs a command's action; what the operator can mend is one line on standard error and exit code 1. */
async function guarded(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof StartError)) throw error;
    process.stderr.write(`prism: ${error.message}\n`);
    process.exitCode = 1;
  }
}
