import { createEngine, type Engine, type EngineOptions } from '../engine/create-engine.ts';
import { FakeBrain } from './fake-brain.ts';
import { FakeEars } from './fake-ears.ts';
import { FakeVoice } from './fake-voice.ts';
import { ManualClock } from './manual-clock.ts';
import { type ReceivedEvent, SocketClient } from './socket-client.ts';

/** The key of engines under test. */
export const KEY = 'sk-test';

/** What the benches of a test have opened. */
export const opened: (Engine | SocketClient)[] = [];

/** Ends what the benches of a test have opened, the newest first. */
export async function closeOpened(): Promise<void> {
  for (const one of opened.splice(0).reverse()) {
    await one.close();
  }
}

interface Bench {
  readonly engine: Engine;
  readonly ears: FakeEars;
  readonly voice: FakeVoice;
  readonly brain: FakeBrain;
  readonly clock: ManualClock;
}

/** An engine whose ears, voice, brain and clock are of the test. */
export async function start(options: EngineOptions = {}): Promise<Bench> {
  const ears = new FakeEars();
  const voice = new FakeVoice();
  const brain = new FakeBrain();
  const clock = new ManualClock();
  const engine = await createEngine({
    apiKeys: [KEY],
    ears,
    voice,
    clock,
    createBrain: () => brain,
    ...options,
  });
  opened.push(engine);
  return { engine, ears, voice, brain, clock };
}

/** Where the sockets of an engine are. */
export function socketUrl(engine: Engine, query = '?model=gpt-realtime'): string {
  return `${engine.url.replace('http', 'ws')}/realtime${query}`;
}

/** A client with the key, unless other headers are given. */
export function connect(
  engine: Engine,
  query?: string,
  headers: Record<string, string> = { authorization: `Bearer ${KEY}` },
): SocketClient {
  const client = new SocketClient(socketUrl(engine, query), { ws: { headers } });
  opened.push(client);
  return client;
}

/** Asks for an ephemeral key. */
export async function post(
  engine: Engine,
  body: unknown,
  headers: Record<string, string> = { authorization: `Bearer ${KEY}` },
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(`${engine.url}/realtime/client_secrets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** The code of an error event. */
export function codeOf(event: ReceivedEvent | undefined): string | undefined {
  return (event?.['error'] as { code: string } | undefined)?.code;
}
