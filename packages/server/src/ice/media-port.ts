import { after, type Clock, type Timer } from '@prism/core';
import {
  type AnsweringCandidates,
  candidateLines,
  isStun,
  parseStunMessage,
  type StunMessage,
} from '@prism/protocol';
import type { IceFront, IceListener, IceRequest, IceTransport } from '../runtime/ports/ice.ts';
import type { ClientPath } from './client-path.ts';
import { type AddressRules, hostCandidates } from './host-candidates.ts';
import { IceSession, type SessionTables } from './ice-session.ts';
import { senderSsrc } from './sender-ssrc.ts';
import { TcpPort } from './tcp-port.ts';
import { UdpPort } from './udp-port.ts';

/** Raised at start when the media port can't be used. */
export class MediaPortError extends Error {
  override readonly name = 'MediaPortError';
}

export interface IceFrontOptions {
  /** The one port of all media, over UDP and, unless it is off, TCP. */
  readonly mediaPort: number;
  /** Local address of the port; every interface if undefined. */
  readonly bindAddress: string | undefined;
  readonly usesTcp: boolean;
  readonly expectsProxyHeader: boolean;
  /** Whether the PROXY header of a connection from this address is believed; others are closed as they come. */
  readonly isBelieved?: (address: string) => boolean;
  /** Begins every ICE fragment of this node; may be empty. */
  readonly nodeId: string;
  readonly addresses: AddressRules;
  readonly clock: Clock;
  /** Called before each packet, of which many may be read in one turn of the event loop. */
  readonly beforePacket?: () => void;
  /** What came made something throw, which is a bug: it is dropped, and the session that it was for ends. */
  readonly fault: (error: unknown) => void;
}

export interface IceFrontCounters {
  /** Datagrams of nobody: no STUN and not from a client's address. */
  readonly datagramsUnknown: number;
  /** Checks for a fragment that isn't live here. */
  readonly checksUnknown: number;
  /** Checks with the wrong password. */
  readonly checksRefused: number;
  /** TCP connections that were too many or not believed, and those that were silent for too long. */
  readonly tcpConnectionsRefused: number;
  readonly tcpConnectionsExpired: number;
}

/** How often silent clients and connections are looked for. */
const SWEEP_MS = 1_000;

/**
 * The media port: the clients' ICE.
 *
 * Each client's checks are answered here and its datagrams passed on to its peer. Who presents no live fragment and its
 * password gets no answer and leaves no state.
 */
export class MediaPort implements IceFront {
  readonly #options: IceFrontOptions;
  readonly #sessionByUfrag = new Map<string, IceSession>();
  readonly #sessionByPath = new Map<string, IceSession>();
  readonly #sessionBySsrc = new Map<number, IceSession>();
  readonly #sessions = new Set<IceSession>();
  #udp: UdpPort | undefined;
  #tcp: TcpPort | undefined;
  #timer: Timer | undefined;
  #datagramsUnknown = 0;
  #checksUnknown = 0;
  #checksRefused = 0;
  #isClosed = false;

  private constructor(options: IceFrontOptions) {
    this.#options = options;
  }

  /** Binds the ports. Throws {@link MediaPortError} if one of them is taken. */
  static async open(options: IceFrontOptions): Promise<MediaPort> {
    const front = new MediaPort(options);
    const { mediaPort: port, bindAddress } = options;
    try {
      front.#udp = await UdpPort.open(port, bindAddress, (key, bytes, open) => {
        front.#takeUdp(key, bytes, open);
      });
    } catch (cause) {
      throw new MediaPortError(`UDP port ${port}`, { cause });
    }
    if (!options.usesTcp) return front;
    try {
      front.#tcp = await TcpPort.open({
        port,
        bindAddress,
        expectsProxyHeader: options.expectsProxyHeader,
        ...(options.isBelieved === undefined ? {} : { isBelieved: options.isBelieved }),
        clock: options.clock,
        receive: (path, bytes) => front.#takeTcp(path, bytes),
        closed: (key) => front.#pathClosed(key),
      });
    } catch (cause) {
      await front.close();
      throw new MediaPortError(`TCP port ${port}`, { cause });
    }
    front.#arm();
    return front;
  }

  open(request: IceRequest, listener: IceListener): IceTransport {
    const { nodeId, clock } = this.#options;
    const session = new IceSession({
      clock,
      tables: this.#tables,
      listener,
      nodeId,
      client: request.client,
      candidates: this.#candidates(request.clientAddress),
    });
    this.#sessions.add(session);
    this.#arm();
    return session;
  }

  counters(): IceFrontCounters {
    const tcp = this.#tcp?.counters();
    return {
      datagramsUnknown: this.#datagramsUnknown + (this.#udp?.unanswerableCount ?? 0),
      checksUnknown: this.#checksUnknown,
      checksRefused: this.#checksRefused,
      tcpConnectionsRefused: tcp?.connectionsRefused ?? 0,
      tcpConnectionsExpired: tcp?.connectionsExpired ?? 0,
    };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    for (const session of this.#sessions) session.close();
    await this.#udp?.close();
    await this.#tcp?.close();
  }

  #candidates(clientAddress: string | undefined): AnsweringCandidates {
    const { mediaPort: port, usesTcp, addresses } = this.#options;
    const hosts = hostCandidates({ addresses, clientAddress });
    const transports = usesTcp ? (['udp', 'tcp'] as const) : (['udp'] as const);
    const candidates = transports.flatMap((transport) =>
      hosts.map((address) => ({ transport, address, port })),
    );
    return {
      candidateLines: candidateLines(candidates),
      destination: { address: hosts[0] ?? '0.0.0.0', port },
    };
  }

  readonly #tables: SessionTables = {
    addUfrag: (ufrag, session) => this.#sessionByUfrag.set(ufrag, session),
    removeUfrag: (ufrag) => this.#sessionByUfrag.delete(ufrag),
    addPath: (key, session) => this.#sessionByPath.set(key, session),
    removePath: (key, session) => {
      if (this.#sessionByPath.get(key) === session) this.#sessionByPath.delete(key);
    },
    addSsrc: (ssrc, session) => {
      if (!this.#sessionBySsrc.has(ssrc)) this.#sessionBySsrc.set(ssrc, session);
    },
    removeSsrc: (ssrc, session) => {
      if (this.#sessionBySsrc.get(ssrc) === session) this.#sessionBySsrc.delete(ssrc);
    },
    closed: (session) => this.#sessions.delete(session),
  };

  #takeUdp(key: string, bytes: Uint8Array, open: () => ClientPath): void {
    this.#options.beforePacket?.();
    const session = this.#sessionByPath.get(key);
    try {
      if (isStun(bytes)) this.#takeStun(session?.pathOf(key) ?? open(), bytes);
      else if (session !== undefined) session.takeDatagram(key, bytes);
      else this.#takeStranger(bytes, open);
    } catch (error) {
      this.#failed(session, error);
    }
  }

  #takeTcp(path: ClientPath, bytes: Uint8Array): boolean {
    this.#options.beforePacket?.();
    const session = this.#sessionByPath.get(path.key);
    try {
      if (isStun(bytes)) return this.#takeStun(path, bytes);
      session?.takeDatagram(path.key, bytes);
      return session !== undefined;
    } catch (error) {
      this.#failed(session, error);
      return false;
    }
  }

  #failed(session: IceSession | undefined, error: unknown): void {
    if (session === undefined) this.#options.fault(error);
    else session.failed(error);
  }

  /** Answers whether it is a live client's. */
  #takeStun(path: ClientPath, bytes: Uint8Array): boolean {
    const message = parseStunMessage(bytes);
    if (message === undefined || message.kind === 'error') return false;
    if (message.kind === 'success')
      return this.#sessionByPath.get(path.key)?.takeAnswer(path.key, message, bytes) ?? false;
    if (message.kind === 'indication') {
      const owner = this.#sessionByPath.get(path.key);
      owner?.keepAlive(path.key);
      return owner !== undefined;
    }
    const [localUfrag = ''] = (message.username ?? '').split(':', 1);
    const session = this.#sessionByUfrag.get(localUfrag);
    if (session === undefined) {
      this.#checksUnknown += 1;
      return false;
    }
    return this.#takeCheck(session, { path, message, bytes });
  }

  #takeCheck(
    session: IceSession,
    check: {
      readonly path: ClientPath;
      readonly message: StunMessage;
      readonly bytes: Uint8Array;
    },
  ): boolean {
    try {
      if (session.takeCheck(check.path, check.message, check.bytes)) return true;
      this.#checksRefused += 1;
    } catch (error) {
      this.#failed(session, error);
    }
    return false;
  }

  #takeStranger(bytes: Uint8Array, open: () => ClientPath): void {
    const ssrc = senderSsrc(bytes);
    const session = ssrc === undefined ? undefined : this.#sessionBySsrc.get(ssrc);
    if (session === undefined) this.#datagramsUnknown += 1;
    else session.takeStranger(open(), bytes);
  }

  #pathClosed(key: string): void {
    this.#sessionByPath.get(key)?.pathClosed(key);
    this.#sessionByPath.delete(key);
  }

  /** One timer for all, and none while nobody is there. */
  #arm(): void {
    if (this.#timer !== undefined || this.#isClosed) return;
    const { clock } = this.#options;
    this.#timer = clock.setTimer(after(clock.nowMs(), SWEEP_MS), () => {
      this.#timer = undefined;
      const nowMs = clock.nowMs();
      for (const session of this.#sessions) session.sweep(nowMs);
      this.#tcp?.sweep(nowMs);
      if (this.#sessions.size > 0 || (this.#tcp?.connectionCount ?? 0) > 0) this.#arm();
    });
  }
}
