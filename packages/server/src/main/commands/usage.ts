import type { Command } from 'commander';
import type { Settings } from '../../config/settings.ts';
import { systemClock } from '../../runtime/system-clock.ts';
import { readUsageQuery } from '../../runtime/usage-query.ts';
import { type UsageReport, usageCsv, usageReport, usageTable } from '../../runtime/usage-report.ts';
import { openStorage } from '../open-spending.ts';
import { StartError } from '../start-error.ts';
import { guarded, print } from './running.ts';
import { addSettingFlags, type FlagValues, settingsFromFlags } from './setting-flags.ts';

/** Columns of the table for people; all there is is in CSV and JSON. */
const SHOWN: ReadonlySet<string> = new Set([
  'sessions',
  'responses',
  'tokens',
  'input_audio_seconds',
  'output_audio_seconds',
  'session_seconds',
  'cost_usd',
  'price_unknown',
]);

/** `prism usage`: what was used, from the ledger of this machine or from a running server. */
export function addUsageCommand(program: Command): void {
  const command = program
    .command('usage')
    .description('print what was used, from the ledger here or, with --url, from a running server')
    .option('--url <url>', 'ask the Prism that runs there')
    .option('--key <key>', 'with --url: the server key (default: the first of access.apiKeys)')
    .option('--from <date>', 'first day or hour, like 2026-11-01 (default: 30 days before --to)')
    .option('--to <date>', 'day or hour before which to end (default: now)')
    .option('--group-by <names>', 'of key, user, agent, model, kind, day', 'day')
    .option('--csv', 'print CSV')
    .option('--json', 'print JSON')
    .action((values: FlagValues) => guarded(async () => printUsage(values)));
  addSettingFlags(command);
}

async function printUsage(values: FlagValues): Promise<void> {
  const { settings } = settingsFromFlags(values);
  const asked = {
    from: textOf(values['from']),
    to: textOf(values['to']),
    group_by: textOf(values['groupBy']),
  };
  const url = textOf(values['url']);
  const report =
    url === undefined
      ? await readLedger(settings, asked)
      : await askServer(url, textOf(values['key']) ?? settings.apiKeys[0]?.reveal(), asked);
  if (values['json'] === true) return print(JSON.stringify(report, undefined, 2));
  if (values['csv'] === true) return print(usageCsv(report).trimEnd());
  return print(tableOf(report));
}

type Asked = Readonly<Record<'from' | 'to' | 'group_by', string | undefined>>;

async function readLedger(settings: Settings, asked: Asked): Promise<UsageReport> {
  const read = readUsageQuery(asked, systemClock.wallMs());
  if (!read.isValid) throw new StartError(read.error.message);
  const store = await openStorage(settings);
  try {
    return usageReport(read.query, await store.totals(read.query));
  } finally {
    await store.close();
  }
}

async function askServer(url: string, key: string | undefined, asked: Asked): Promise<UsageReport> {
  const query = new URLSearchParams(
    Object.entries(asked).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as [string, string]],
    ),
  );
  const response = await fetch(`${url.replace(/\/$/, '')}/v1/prism/usage?${query.toString()}`, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  }).catch((cause: unknown) => {
    throw new StartError(`${url} does not answer: ${String(cause)}.`, { cause });
  });
  const body = (await response.json().catch(() => undefined)) as
    | UsageReport
    | { readonly error?: { readonly message?: string } }
    | undefined;
  if (response.ok && body !== undefined && 'data' in body) return body;
  const detail = body !== undefined && 'error' in body ? body.error?.message : undefined;
  throw new StartError(`${url} answered HTTP ${response.status}: ${detail ?? 'no usage'}`);
}

function tableOf(report: UsageReport): string {
  const [head = [], ...rows] = usageTable(report);
  const kept = head.flatMap((name, index) =>
    index < report.group_by.length || SHOWN.has(String(name)) ? [index] : [],
  );
  const cells = [head, ...rows].map((row) => kept.map((index) => String(row[index] ?? '')));
  const widths = kept.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column < report.group_by.length ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  const more = report.has_more ? ['There is more; ask for less time or fewer groups.'] : [];
  return [`Usage from ${report.from} to ${report.to}`, '', ...lines, ...more].join('\n');
}

function textOf(value: FlagValues[string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
