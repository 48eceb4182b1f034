import {
  type ControllerPolicy,
  controllerIdFromCount,
  OPEN_ACCESS,
  OPEN_POLICY,
  ownedFieldsOf,
  type SessionConfig,
} from '@prism/protocol';
import type { SessionOptions } from '../session/session-contract.ts';
import { SessionBench, serverEvent } from './session-bench.ts';

/** The client of a session under test. */
export const CLIENT = controllerIdFromCount(1);

/** A session as the agent of a server makes it. */
export const AGENT: SessionConfig = {
  type: 'realtime',
  model: 'gpt-realtime-2.1',
  instructions: 'Sell umbrellas.',
  tools: [{ type: 'function', name: 'stock' }],
  audio: {
    input: { turn_detection: { type: 'semantic_vad', eagerness: 'low' } },
    output: { voice: 'marin' },
  },
};

interface Setup extends Partial<Omit<ControllerPolicy, 'ownedFields'>> {
  readonly session?: SessionConfig;
  readonly options?: Partial<SessionOptions>;
}

/** A session that is configured, with its client there and nothing told so far. */
export function live({ session, options, ...policy }: Setup = {}): SessionBench {
  const bench = new SessionBench({
    audio: 'socket',
    initialSession: session,
    access: {
      ...OPEN_ACCESS,
      policy: {
        ...OPEN_POLICY,
        preset: 'browser',
        ...policy,
        ownedFields: ownedFieldsOf(session),
      },
    },
    ...options,
  });
  bench.controllerOpens();
  bench.post({ type: 'upstream.ready' });
  bench.post(serverEvent({ type: 'session.created', session: { id: 's' } }));
  if (session !== undefined)
    bench.post(serverEvent({ type: 'session.updated', session: { id: 's', ...session } }));
  bench.effects.length = 0;
  return bench;
}

/** The errors that controllers were sent: code, event id and param of each. */
export function errorsOf(bench: SessionBench): readonly (readonly unknown[])[] {
  return bench.toController.flatMap(({ type, error }) => {
    if (type !== 'error') return [];
    const { code, event_id: id, param } = error as Record<string, unknown>;
    return [[code, id, param]];
  });
}

/** What a controller was sent, as text. */
export function texts(bench: SessionBench, controllerId: string): string[] {
  return bench.effects.flatMap((effect) =>
    effect.type === 'controller.send' && effect.controllerId === controllerId ? [effect.text] : [],
  );
}

/** An item of a conversation: a call of a function that is only named. */
export function functionCall(name: string, id: string): Record<string, unknown> {
  return { id: `item_${id}`, type: 'function_call', name, call_id: id, arguments: '' };
}
