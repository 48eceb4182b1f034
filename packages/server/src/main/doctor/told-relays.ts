import { after } from '@prism/core';
import type { ServerPlace } from './checks/server.ts';
import type { DoctorEnvironment, RelayQuestion } from './environment.ts';
import { authorization, jsonOf } from './wire.ts';

/** How long the server may take to tell. */
const LIMIT_MS = 8_000;
/** More relays than this are not tried. */
const RELAY_COUNT_MAX = 8;

/** The relays that a server tells its clients, with credentials for one; undefined if it doesn't. */
export async function readToldRelays(
  { url, key }: ServerPlace,
  { clock, request }: Pick<DoctorEnvironment, 'clock' | 'request'>,
): Promise<readonly RelayQuestion[] | undefined> {
  const abort = new AbortController();
  const timer = clock.setTimer(after(clock.nowMs(), LIMIT_MS), () => abort.abort());
  const answer = await request(
    {
      url: new URL('v1/realtime/ice-servers', url).href,
      method: 'GET',
      headers: authorization(key),
    },
    abort.signal,
  );
  timer.cancel();
  if (!answer.isOk || answer.value.status !== 200) return undefined;
  const told = jsonOf(answer.value.body);
  if (typeof told !== 'object' || told === null || !('ice_servers' in told)) return undefined;
  const servers: readonly unknown[] = Array.isArray(told.ice_servers) ? told.ice_servers : [];
  return servers.flatMap(questionsOf).slice(0, RELAY_COUNT_MAX);
}

function questionsOf(server: unknown): readonly RelayQuestion[] {
  if (typeof server !== 'object' || server === null || !('urls' in server)) return [];
  const urls: readonly unknown[] = Array.isArray(server.urls) ? server.urls : [server.urls];
  const username = 'username' in server ? String(server.username) : undefined;
  const credential = 'credential' in server ? String(server.credential) : undefined;
  return urls.flatMap((url) => (typeof url === 'string' ? [{ url, username, credential }] : []));
}
