// Starts the werift bridge beside Prism: `{ url, pid, version, stop() }`, or `{ problem }` where it doesn't start.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

const MANIFEST = new URL('../../../node_modules/werift/package.json', import.meta.url);

export async function startWeriftBridge(upstreamBaseUrl) {
  const child = fork(new URL('bridge.mjs', import.meta.url), [upstreamBaseUrl], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [told] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (told?.port === undefined) return { problem: 'the werift bridge did not start' };
  return {
    version: JSON.parse(readFileSync(MANIFEST, 'utf8')).version,
    pid: child.pid,
    url: `http://127.0.0.1:${told.port}`,
    stop: () => child.kill(),
  };
}
