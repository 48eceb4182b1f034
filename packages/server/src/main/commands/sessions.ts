import type { Command } from 'commander';
import type { SessionList } from '../../runtime/sessions/session-directory.ts';
import { type Asked, askServer } from '../sessions/ask-server.ts';
import { type ShownSession, sessionTable, sessionText } from '../sessions/session-text.ts';
import { guarded, print } from './running.ts';
import { addSettingFlags, type FlagValues, settingsFromFlags } from './setting-flags.ts';

/** `prism sessions`: what lives on a running server, what was there, one of them in detail, and the end of one. */
export function addSessionsCommand(program: Command): void {
  const sessions = program
    .command('sessions')
    .description('list, show and end the sessions of a running server');
  addServerFlags(
    sessions
      .command('list', { isDefault: true })
      .description('list the sessions that live, newest first')
      .option('--ended', 'those that are over, as far as they are kept')
      .option('--limit <count>', 'so many at most', '50')
      .option('--after <id>', 'those that began before this one')
      .option('--from <date>', 'that began then or later, like 2026-11-26')
      .option('--to <date>', 'that began before')
      .option('--user <name>', 'of this user')
      .option('--agent <name>', 'of this agent')
      .option('--key-id <id>', 'opened with this server key or a client secret of it'),
  ).action((values: FlagValues) => guarded(async () => listSessions(values)));
  addServerFlags(
    sessions
      .command('show <id>')
      .description('show a session: set-up, a waterfall of each turn, what happened'),
  ).action((id: string, values: FlagValues) => guarded(async () => showSession(id, values)));
  addServerFlags(sessions.command('end <id>').description('end a session that lives')).action(
    (id: string, values: FlagValues) => guarded(async () => endSession(id, values)),
  );
}

function addServerFlags(command: Command): Command {
  command
    .option('--url <url>', 'the Prism that runs there (default: the one of the settings)')
    .option('--key <key>', 'the server key (default: the first of access.apiKeys)')
    .option('--json', 'print JSON');
  addSettingFlags(command);
  return command;
}

async function listSessions(values: FlagValues): Promise<void> {
  const query = new URLSearchParams({ state: values['ended'] === true ? 'ended' : 'live' });
  for (const [flag, name] of QUERY_FLAGS) {
    const value = textOf(values[flag]);
    if (value !== undefined) query.set(name, value);
  }
  const body = await ask(values, { path: `/v1/prism/sessions?${query.toString()}` });
  if (values['json'] === true) return print(JSON.stringify(body, undefined, 2));
  const list = body as SessionList;
  print(sessionTable(list.data));
  if (list.has_more) print(`\nThere is more: --after ${list.last_id}`);
}

const QUERY_FLAGS = [
  ['limit', 'limit'],
  ['after', 'after'],
  ['from', 'from'],
  ['to', 'to'],
  ['user', 'user'],
  ['agent', 'agent'],
  ['keyId', 'key_id'],
] as const;

async function showSession(id: string, values: FlagValues): Promise<void> {
  const body = await ask(values, { path: `/v1/prism/sessions/${encodeURIComponent(id)}` });
  if (values['json'] === true) return print(JSON.stringify(body, undefined, 2));
  print(sessionText(body as ShownSession));
}

async function endSession(id: string, values: FlagValues): Promise<void> {
  const path = `/v1/prism/sessions/${encodeURIComponent(id)}/end`;
  const body = await ask(values, { path, method: 'POST' });
  print(values['json'] === true ? JSON.stringify(body, undefined, 2) : `${id} has ended.`);
}

async function ask(values: FlagValues, asked: Omit<Asked, 'url' | 'key'>): Promise<unknown> {
  const { settings } = settingsFromFlags(values);
  const isTls = settings.usesDevelopmentTls || settings.tlsCertificatePath !== undefined;
  const own = `${isTls ? 'https' : 'http'}://localhost:${settings.port}`;
  const key = textOf(values['key']) ?? settings.apiKeys[0]?.reveal();
  return askServer({ ...asked, url: textOf(values['url']) ?? own, key });
}

function textOf(value: FlagValues[string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
