import type { Command } from 'commander';
import { ConfigError, type LoadedSettings } from '../../config/load-settings.ts';
import type { Settings } from '../../config/settings.ts';
import { captureStackLog } from '../../webrtc/stack-log.ts';
import { chooseRelays } from '../choose-relays.ts';
import { developmentTlsFolder } from '../choose-tls.ts';
import { chooseUpstream, UpstreamChoiceError } from '../choose-upstream.ts';
import { PRISM_VERSION } from '../create-prism.ts';
import type { Check } from '../doctor/check.ts';
import type { SettingsRead } from '../doctor/checks/settings.ts';
import type { ChosenUpstream } from '../doctor/checks/upstream.ts';
import type { DoctorEnvironment, RelayQuestion } from '../doctor/environment.ts';
import { examine } from '../doctor/examine.ts';
import { type DoctorReport, linesOf, reportOf, verdictLine } from '../doctor/report.ts';
import { serverChecks } from '../doctor/server-checks.ts';
import { startChecks } from '../doctor/start-checks.ts';
import { systemEnvironment } from '../doctor/system-environment.ts';
import { readToldRelays } from '../doctor/told-relays.ts';
import { StartError } from '../start-error.ts';
import { endProcess } from './running.ts';
import { addSettingFlags, type FlagValues, settingsFromFlags } from './setting-flags.ts';

const EXIT_FAILED = 1;
const EXIT_UNUSABLE = 2;

/** What is examined, and what must not be printed while it is. */
interface Examination {
  readonly mode: DoctorReport['mode'];
  readonly url: string | undefined;
  readonly checks: readonly Check[];
  readonly secrets: readonly string[];
}

/** `prism doctor`: can a server start here, or does the one at a URL work? */
export function addDoctorCommand(program: Command): void {
  const command = program
    .command('doctor')
    .description('check whether Prism can start here or, with --url, whether a running one works')
    .option('--url <url>', 'examine the Prism that runs there, as seen from this machine')
    .option(
      '--key <key>',
      'with --url: the server key to present (default: the first of access.apiKeys)',
    )
    .option('--origin <origin>', 'with --url: a page of this origin wants to call')
    .option('--json', 'print the report as JSON')
    // Commander has said what is wrong.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_UNUSABLE))
    .action(doctor);
  addSettingFlags(command);
}

async function doctor(values: FlagValues): Promise<void> {
  // The stack's complaints would stand between the lines; what comes of them is told by the checks.
  captureStackLog(() => undefined);
  const environment = systemEnvironment({
    prismVersion: PRISM_VERSION,
    developmentTlsFolder: developmentTlsFolder(),
    env: process.env,
  });
  const read = readSettings(values);
  let examination: Examination;
  try {
    examination =
      values['url'] === undefined
        ? planStart(read, values)
        : await planServer(read, { values, environment });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return endProcess(`prism: ${error.message}\n`, { code: EXIT_UNUSABLE, stream: process.stderr });
  }
  const report = await carryOut(examination, { environment, isJson: values['json'] === true });
  const text =
    values['json'] === true ? JSON.stringify(report, null, 2) : `\n${verdictLine(report)}`;
  return endProcess(`${text}\n`, {
    code: report.verdict === 'fail' ? EXIT_FAILED : 0,
    stream: process.stdout,
  });
}

async function carryOut(
  { mode, url, checks, secrets }: Examination,
  { environment, isJson }: { readonly environment: DoctorEnvironment; readonly isJson: boolean },
): Promise<DoctorReport> {
  const isColoured =
    process.stdout.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  const write = (text: string): void => {
    if (!isJson) process.stdout.write(text);
  };
  const showRunning = (text: string): void => {
    if (process.stderr.isTTY && process.env['TERM'] !== 'dumb')
      process.stderr.write(`\r\u001b[K${text}`);
  };
  const question =
    mode === 'start' ? 'can a server start here?' : `does ${url} work, seen from here?`;
  write(`Prism ${PRISM_VERSION} doctor: ${question}\n\n`);
  const results = await examine(checks, {
    environment,
    secrets,
    onBegin: ({ name, subject }) =>
      showRunning(`  ...   ${name}${subject === undefined ? '' : ` ${subject}`}`),
    onResult: (result) => {
      showRunning('');
      write(`${linesOf(result, isColoured).join('\n')}\n`);
    },
  });
  return reportOf(results, { prismVersion: PRISM_VERSION, mode, url });
}

function readSettings(values: FlagValues): SettingsRead {
  try {
    return { isRead: true, loaded: settingsFromFlags(values) };
  } catch (error) {
    if (error instanceof ConfigError) return { isRead: false, reason: error.message };
    throw error;
  }
}

function planStart(read: SettingsRead, values: FlagValues): Examination {
  for (const option of ['key', 'origin']) {
    if (values[option] !== undefined)
      throw new StartError(`--${option} is about a running server: name it with --url.`);
  }
  if (!read.isRead) {
    const checks = startChecks({ read, chosen: undefined, minted: undefined });
    return { mode: 'start', url: undefined, checks, secrets: [] };
  }
  const { settings } = read.loaded;
  const minted = mint(settings);
  const credentials = minted?.iceServers.flatMap(({ credential }) => credential ?? []) ?? [];
  return {
    mode: 'start',
    url: undefined,
    checks: startChecks({ read, chosen: choose(settings), minted }),
    secrets: [...secretsOf(read.loaded), ...credentials],
  };
}

function choose(settings: Settings): ChosenUpstream {
  try {
    return { isChosen: true, choice: chooseUpstream(settings) };
  } catch (error) {
    if (error instanceof UpstreamChoiceError) return { isChosen: false, reason: error.message };
    throw error;
  }
}

function mint(settings: Settings): ReturnType<ReturnType<typeof chooseRelays>['mint']> | undefined {
  try {
    return chooseRelays(settings).mint();
  } catch (error) {
    if (error instanceof StartError) return undefined;
    throw error;
  }
}

async function planServer(
  read: SettingsRead,
  { values, environment }: { readonly values: FlagValues; readonly environment: DoctorEnvironment },
): Promise<Examination> {
  const url = serverUrlFrom(String(values['url']));
  const origin = values['origin'] === undefined ? undefined : originFrom(String(values['origin']));
  // A broken configuration of this machine is no fault of the server's.
  const settings = read.isRead ? read.loaded.settings : undefined;
  const key = values['key'] === undefined ? settings?.apiKeys[0]?.reveal() : String(values['key']);
  const relays: readonly RelayQuestion[] | undefined = await readToldRelays(
    { url, key },
    environment,
  );
  return {
    mode: 'server',
    url: url.href,
    checks: serverChecks({ url, key, origin, relays }),
    secrets: [
      ...(key === undefined ? [] : [key]),
      ...(relays?.flatMap(({ credential }) => credential ?? []) ?? []),
    ],
  };
}

function serverUrlFrom(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new StartError(
      `--url takes an http or https address, like https://voice.example.com, not '${text}'.`,
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new StartError(
      '--url takes an address without user, query and fragment; a key goes with --key.',
    );
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function originFrom(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text;
  throw new StartError(`--origin takes an origin, like https://app.example.com, not '${text}'.`);
}

function secretsOf({ settings }: LoadedSettings): readonly string[] {
  const { upstreamApiKey, azureApiKey, turnSecret, apiKeys } = settings;
  return [upstreamApiKey, azureApiKey, turnSecret, ...apiKeys].flatMap((secret) =>
    secret === undefined ? [] : [secret.reveal()],
  );
}
