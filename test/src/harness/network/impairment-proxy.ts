import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { DelayLine } from './delay-line.ts';
import { type Fate, Impairment, type ImpairmentPlan } from './impairment.ts';
import { PacketLedger } from './packet-ledger.ts';

/** `up` is from the client to the server. */
export type Way = 'up' | 'down';

/** Told of every datagram that goes on, at the moment it is written. */
export type ForwardTap = (way: Way, bytes: Uint8Array, atMs: number) => void;

/** Delayed datagrams in flight, both ways; what comes beyond is lost and counted. */
const DELAYED_COUNT_MAX = 10_000;

/** Packets held back until others overtake them, each way; what comes beyond is lost and counted. */
const HELD_COUNT_MAX = 1_000;

/** The last packet of a stream has none behind it: what nobody has overtaken by then goes on. */
const HELD_MS_MAX = 300;

const CLEAN: Fate = { delaysMs: [0], overtakenByCount: 0 };
const DARK: Fate = { delaysMs: [], overtakenByCount: 0 };

/** Client addresses that are given a port of their own toward the server; what comes from others is lost and counted. */
const CLIENT_COUNT_MAX = 16;

const HOST = '127.0.0.1';
const CANDIDATE = /^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host.*$/im;
const ALL_CANDIDATES = /^a=(?:candidate:.*|end-of-candidates)\r?\n/gim;

interface ClientSide {
  readonly address: string;
  readonly port: number;
  socket: Socket;
}

/** A packet that waits to be overtaken. */
interface Held {
  readonly streamId: number;
  leftCount: number;
  readonly release: () => void;
}

interface WayState {
  readonly ledger: PacketLedger;
  impairment: Impairment | undefined;
  isDark: boolean;
  held: Held[];
}

/**
 * A network between one WebRTC client and a server, in user space: it stands in the answer's candidates in place of
 * the server, and does to the datagrams of each direction what its plan says. Its ledgers are exact, because it reads
 * the clear RTP headers of what it loses.
 */
export class ImpairmentProxy {
  readonly #front: Socket;
  readonly #clients = new Map<string, ClientSide>();
  readonly #delayed = new DelayLine(DELAYED_COUNT_MAX);
  readonly #ways: Record<Way, WayState> = { up: newWay(), down: newWay() };
  readonly #tap: ForwardTap | undefined;
  readonly #entryTap: ForwardTap | undefined;
  #server: { readonly address: string; readonly port: number } | undefined;
  #overflowCount = 0;
  #isClosed = false;

  private constructor(
    front: Socket,
    tap: ForwardTap | undefined,
    entryTap: ForwardTap | undefined,
  ) {
    this.#front = front;
    this.#tap = tap;
    this.#entryTap = entryTap;
    front.on('message', (bytes, { address, port }) => this.#fromClient(bytes, address, port));
  }

  /** `entryTap` is told of every datagram that comes, lost or not; the bytes are the same object as in `tap`. */
  static async open(tap?: ForwardTap, entryTap?: ForwardTap): Promise<ImpairmentProxy> {
    const front = createSocket('udp4');
    front.bind(0, HOST);
    await once(front, 'listening');
    return new ImpairmentProxy(front, tap, entryTap);
  }

  /** The port that clients talk to. */
  get port(): number {
    return this.#front.address().port;
  }

  /** The ports toward the server, one for each client address. */
  get serverSidePorts(): readonly number[] {
    return [...this.#clients.values()].map(({ socket }) => socket.address().port);
  }

  /** Datagrams that a bound of this proxy lost, not a plan. Should be 0. */
  get overflowCount(): number {
    return this.#overflowCount;
  }

  /**
   * The answer with this proxy's address as its only candidate; the answer's own port is the server's from now on, at
   * `serverAddress` for one that doesn't listen on loopback.
   */
  rewriteAnswer(answerSdp: string, serverAddress = HOST): string {
    const [line, address, port] = CANDIDATE.exec(answerSdp) ?? [];
    if (line === undefined || address === undefined)
      throw new Error('The answer has no UDP host candidate.');
    // Host candidates of one port differ in their address alone; on loopback the server is reached whichever it is.
    this.#server = { address: serverAddress, port: Number(port) };
    const candidate = `a=candidate:1 1 UDP 2122317823 ${HOST} ${this.port} typ host`;
    const rest = answerSdp.replace(ALL_CANDIDATES, '');
    return rest.replace(
      /^(m=(?:audio|application) .*\r\n(?:[^m].*\r\n)*)/m,
      `$1${candidate}\r\na=end-of-candidates\r\n`,
    );
  }

  /** From now on packets of that way are treated so; undefined is a clean network. Offsets go on counting. */
  impair(way: Way, plan: ImpairmentPlan | undefined): void {
    this.#ways[way].impairment = plan === undefined ? undefined : new Impairment(plan);
  }

  /** Nothing passes, in either direction, until it is called with false. */
  blackout(isDark: boolean): void {
    this.#ways.up.isDark = isDark;
    this.#ways.down.isDark = isDark;
  }

  /** As a NAT that forgot its mappings: what clients send comes from new ports, and what is sent to the old is lost. */
  async rebind(): Promise<void> {
    for (const client of this.#clients.values()) {
      client.socket.close();
      client.socket = this.#openServerSide(client);
      await once(client.socket, 'listening');
    }
  }

  ledger(way: Way): PacketLedger {
    return this.#ways[way].ledger;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#delayed.close();
    this.#front.close();
    for (const { socket } of this.#clients.values()) socket.close();
  }

  #fromClient(bytes: Buffer, address: string, port: number): void {
    const key = `${address}:${port}`;
    let client = this.#clients.get(key);
    if (client === undefined) {
      if (this.#clients.size >= CLIENT_COUNT_MAX) {
        this.#overflowCount += 1;
        return;
      }
      const socket = this.#openServerSide({ address, port });
      client = { address, port, socket };
      this.#clients.set(key, client);
    }
    const side = client;
    this.#pass('up', bytes, (copy) => {
      if (this.#server !== undefined)
        side.socket.send(copy, this.#server.port, this.#server.address);
    });
  }

  #openServerSide({ address, port }: { readonly address: string; readonly port: number }): Socket {
    const socket = createSocket('udp4');
    socket.on('message', (bytes) => {
      this.#pass('down', bytes, (copy) => this.#front.send(copy, port, address));
    });
    // What can't be delivered is lost, as on a network.
    socket.on('error', () => undefined);
    socket.bind(0, this.#server?.address ?? HOST);
    return socket;
  }

  #pass(way: Way, bytes: Buffer, send: (copy: Buffer) => void): void {
    const state = this.#ways[way];
    const nowMs = performance.now();
    this.#entryTap?.(way, bytes, nowMs);
    const packet = state.ledger.arrived(bytes);
    const fate = state.isDark ? DARK : (state.impairment?.fate(packet, nowMs) ?? CLEAN);
    state.ledger.decided(packet, fate.delaysMs.length);
    // Counted from when it goes on, so that a packet held back stays behind those that overtook it.
    const goOn = (fromMs = performance.now()): void => {
      for (const delayMs of fate.delaysMs) {
        this.#at(delayMs <= 0 ? 0 : fromMs + delayMs, () => this.#forward(way, bytes, send));
      }
    };
    if (fate.overtakenByCount === 0) {
      goOn(nowMs);
      releaseOvertaken(state, packet.streamId);
    } else if (state.held.length < HELD_COUNT_MAX) {
      const leftCount = fate.overtakenByCount;
      const held: Held = { streamId: packet.streamId, leftCount, release: goOn };
      state.held.push(held);
      this.#at(nowMs + HELD_MS_MAX, () => {
        if (!state.held.includes(held)) return;
        state.held = state.held.filter((other) => other !== held);
        goOn();
      });
    } else this.#overflowCount += 1;
  }

  #forward(way: Way, bytes: Buffer, send: (copy: Buffer) => void): void {
    if (this.#isClosed) return;
    this.#tap?.(way, bytes, performance.now());
    send(bytes);
  }

  #at(dueMs: number, action: () => void): void {
    if (dueMs === 0) action();
    else if (!this.#delayed.add(dueMs, action)) this.#overflowCount += 1;
  }
}

/** A packet of the stream has gone on, or is lost: those held back are one place further behind. */
function releaseOvertaken(state: WayState, streamId: number): void {
  for (const held of state.held) if (held.streamId === streamId) held.leftCount -= 1;
  const ready = state.held.filter(({ leftCount }) => leftCount <= 0);
  state.held = state.held.filter(({ leftCount }) => leftCount > 0);
  for (const { release } of ready) release();
}

function newWay(): WayState {
  return { ledger: new PacketLedger(), impairment: undefined, isDark: false, held: [] };
}
