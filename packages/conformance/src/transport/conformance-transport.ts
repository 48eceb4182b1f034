import type { Capability } from '../kit/capability.ts';

/** One event of the wire, as JSON. */
export interface WireEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** What a client sends: an event, or what should have been one. */
export type ClientMessage = Readonly<Record<string, unknown>>;

/** How a connection is asked for. Absent members leave the request without them. */
export interface OpenOptions {
  /** Query parameters of the address; the kit's model by default. */
  readonly query?: Readonly<Record<string, string>>;
  /** The key that is presented; the kit's by default, `null` for none. */
  readonly key?: string | null;
  /** Where the key stands: the `Authorization` header, or the browsers' subprotocol. */
  readonly keyPlace?: 'authorization' | 'subprotocol';
  /** Subprotocols that are offered besides the one of the key. */
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a connection brings: events in order, then its end, once. */
export type Incoming =
  | { readonly type: 'event'; readonly event: WireEvent }
  /** A message that is not a JSON object with a `type`. */
  | { readonly type: 'malformed'; readonly reason: string }
  | { readonly type: 'closed'; readonly code: number; readonly reason: string };

/** One open connection. */
export interface ConformanceConnection {
  /** The subprotocol that the server selected; empty for none. */
  readonly selectedProtocol: string;
  /** Sends an event as JSON, or a text as it is. */
  send(message: ClientMessage | string): void;
  /** Sends what a person says, PCM16 mono at 24 kHz: in events, or as media where the transport has some. */
  sendAudio(pcm: Int16Array): void;
  /** The next thing that arrives, oldest first. After `closed` it stays pending for ever. */
  next(): Promise<Incoming>;
  /** Whether the server answers a ping; only where the transport has pings. */
  ping?(): Promise<boolean>;
  close(code?: number, reason?: string): void;
}

export type OpenResult =
  | { readonly type: 'open'; readonly connection: ConformanceConnection }
  /** An HTTP answer instead of a connection. */
  | { readonly type: 'refused'; readonly status: number; readonly body: string }
  /** Nobody answers, or not in HTTP. */
  | { readonly type: 'unreachable'; readonly reason: string };

/** How the kit reaches a server. The cases are the same over every transport. */
export interface ConformanceTransport {
  readonly name: string;
  /** What cannot be asked over this transport, with the reason that skipped assertions state. */
  readonly lacks: ReadonlyMap<Capability, string>;
  open(options: OpenOptions): Promise<OpenResult>;
}
