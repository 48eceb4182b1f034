// Starts the aiortc bridge beside Prism: `{ url, pid, version, stop() }`, or `{ problem }` where it doesn't start.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Debian's, which sees Debian's modules. */
const PYTHON = '/usr/bin/python3';

export async function startAiortcBridge(upstreamBaseUrl) {
  const script = fileURLToPath(new URL('bridge.py', import.meta.url));
  const child = spawn(PYTHON, [script, upstreamBaseUrl], { stdio: ['ignore', 'pipe', 'ignore'] });
  const said = await new Promise((resolve) => {
    child.once('error', () => resolve(''));
    child.once('exit', () => resolve(''));
    // A line may come in pieces.
    let text = '';
    child.stdout.on('data', (data) => {
      text += String(data);
      if (text.includes('\n')) resolve(text);
    });
  });
  const [, port, version] = /ready (\d+) (\S+)/.exec(said) ?? [];
  if (port === undefined) {
    return { problem: 'no aiortc: apt-get install python3-aiortc python3-aiohttp' };
  }
  return {
    version,
    pid: child.pid,
    url: `http://127.0.0.1:${port}`,
    stop: () => child.kill(),
  };
}
