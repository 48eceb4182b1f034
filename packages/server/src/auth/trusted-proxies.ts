import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';
import { canonicalAddress } from '@prism/protocol';

/** Hops of a forwarded request that are looked at, the nearest first. */
const HOP_COUNT_MAX = 32;

/** Who sent a request, and how, once its proxies have been heard as far as they are trusted. */
export interface ClientConnection {
  /** Whom limits by address count it against: the client, or the proxy whose word isn't trusted. */
  readonly countedAddress: string | undefined;
  /** Where the client is; undefined if only a proxy that isn't trusted could tell. */
  readonly clientAddress: string | undefined;
  /** Whether the client speaks TLS. */
  readonly isSecure: boolean;
  /** Whether it came through a proxy, trusted or not. */
  readonly isForwarded: boolean;
}

/** What is known of a request before its headers are believed. */
export interface Peer {
  readonly headers: IncomingHttpHeaders;
  /** The other end of the connection. */
  readonly remoteAddress: string | undefined;
  /** Whether this very connection is TLS. */
  readonly isTls: boolean;
}

/** The networks of proxies that say who their clients are, by `Forwarded` (RFC 7239) or `X-Forwarded-*`. */
export class TrustedProxies {
  readonly #networks = new BlockList();
  readonly #isEmpty: boolean;

  /** @param networks - Addresses and networks, like `10.0.0.0/8` and `2001:db8::1`. */
  constructor(networks: readonly string[]) {
    this.#isEmpty = networks.length === 0;
    for (const network of networks) {
      const [address = '', prefix] = network.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#networks.addAddress(address, family);
      else this.#networks.addSubnet(address, Number(prefix), family);
    }
  }

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Whether a proxy at this address is believed. */
  trusts(address: string | undefined): boolean {
    const canonical = canonicalAddress(address ?? '');
    if (canonical === undefined) return false;
    return this.#networks.check(canonical, canonical.includes(':') ? 'ipv6' : 'ipv4');
  }

  /**
   * Follows a request back over the proxies that are trusted, from the nearest on: the first address that is none of
   * theirs is the client's. What lies behind it is only that client's word, and is not read.
   */
  connectionOf({ headers, remoteAddress, isTls }: Peer): ClientConnection {
    const hops = hopsOf(headers);
    const peerAddress = canonicalAddress(remoteAddress ?? '');
    const isForwarded = hops !== undefined || headers['x-real-ip'] !== undefined;
    if (!isForwarded)
      return {
        countedAddress: countedAs(peerAddress),
        clientAddress: remoteAddress,
        isSecure: isTls,
        isForwarded,
      };
    if (!this.trusts(remoteAddress))
      return {
        countedAddress: countedAs(peerAddress),
        clientAddress: undefined,
        isSecure: isTls,
        isForwarded,
      };
    const isSecure = isTls || protocolOf(headers) === 'https';
    let address = peerAddress;
    for (const hop of (hops ?? []).slice(-HOP_COUNT_MAX).reverse()) {
      const canonical = canonicalAddress(hop);
      // An obfuscated or unknown hop (RFC 7239, section 6) hides everybody behind it.
      if (canonical === undefined)
        return {
          countedAddress: countedAs(address),
          clientAddress: undefined,
          isSecure,
          isForwarded,
        };
      address = canonical;
      if (!this.trusts(canonical)) break;
    }
    return { countedAddress: countedAs(address), clientAddress: address, isSecure, isForwarded };
  }
}

/** One IPv6 host has a network of 64 bits to itself, and all its addresses count as one. */
function countedAs(canonical: string | undefined): string | undefined {
  return canonical?.includes(':') === true
    ? `${canonical.split(':').slice(0, 4).join(':')}::/64`
    : canonical;
}

/** The addresses that a request was forwarded for, the client's first; undefined if it wasn't. */
function hopsOf(headers: IncomingHttpHeaders): readonly string[] | undefined {
  const forwarded = textOf(headers['forwarded']);
  if (forwarded !== undefined) {
    return forwarded
      .split(',')
      .map((element) => bareAddress(/(?:^|;)\s*for=("?)([^";,\s]*)\1/i.exec(element)?.[2] ?? ''));
  }
  return textOf(headers['x-forwarded-for'])
    ?.split(',')
    .map((hop) => bareAddress(hop.trim()));
}

/** The scheme that the nearest proxy was asked with. */
function protocolOf(headers: IncomingHttpHeaders): string | undefined {
  const forwarded = textOf(headers['forwarded'])?.split(',').at(-1) ?? '';
  const named = /(?:^|;)\s*proto="?([a-z]+)/i.exec(forwarded)?.[1];
  const last = textOf(headers['x-forwarded-proto'])?.split(',').at(-1)?.trim();
  return (named ?? last)?.toLowerCase();
}

/** An address without port and brackets. */
function bareAddress(hop: string): string {
  const inBrackets = /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1];
  return inBrackets ?? hop.replace(/^([\d.]+):\d+$/, '$1');
}

function textOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value.join(',');
}
