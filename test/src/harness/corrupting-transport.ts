import type {
  ConformanceTransport,
  Incoming,
  OpenOptions,
  OpenResult,
  WireEvent,
} from '@prism/conformance';

/** What becomes of an event on its way: itself, another one, several, or none. */
export type Corruption = (event: WireEvent) => readonly WireEvent[];

/** A transport that changes what a server sends, and nothing else. */
export function corrupting(inner: ConformanceTransport, corrupt: Corruption): ConformanceTransport {
  return {
    name: inner.name,
    lacks: inner.lacks,
    open: async (options: OpenOptions): Promise<OpenResult> => {
      const result = await inner.open(options);
      if (result.type !== 'open') return result;
      const { connection } = result;
      const held: Incoming[] = [];
      const next = async (): Promise<Incoming> => {
        for (;;) {
          const ready = held.shift();
          if (ready !== undefined) return ready;
          const incoming = await connection.next();
          if (incoming.type !== 'event') return incoming;
          held.push(...corrupt(incoming.event).map((event) => ({ type: 'event', event }) as const));
        }
      };
      return {
        type: 'open',
        connection: {
          selectedProtocol: connection.selectedProtocol,
          send: (message) => connection.send(message),
          sendAudio: (pcm) => connection.sendAudio(pcm),
          ping: () => connection.ping?.() ?? Promise.resolve(true),
          close: (code, reason) => connection.close(code, reason),
          next,
        },
      };
    },
  };
}
