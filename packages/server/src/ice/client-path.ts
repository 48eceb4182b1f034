import { addressBytes } from '@prism/protocol';

/** A way to send to a remote address, whatever carries it. */
export interface ClientPath {
  /** Differs from every other path that is open at the same time. */
  readonly key: string;
  readonly transport: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  /** False if there was no room, and the datagram was dropped. */
  send(bytes: Uint8Array): boolean;
  /** Gives up what belongs to the path alone. Idempotent. */
  close(): void;
}

/** The address of a path in bytes, as XOR-MAPPED-ADDRESS carries it. */
export function mappedAddressOf(path: ClientPath): {
  readonly address: Uint8Array;
  readonly port: number;
} {
  return { address: addressBytes(path.address) ?? new Uint8Array(4), port: path.port };
}
