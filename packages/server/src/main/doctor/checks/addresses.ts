import {
  addressBytes,
  CANDIDATE_COUNT_MAX,
  canonicalAddress,
  isLinkLocalAddress,
  isLoopbackAddress,
} from '@prism/protocol';
import { isLoopbackHost } from '../../../auth/origin-rules.ts';
import type { Settings } from '../../../config/settings.ts';
import { hostCandidates, type ReadInterfaces } from '../../../ice/host-candidates.ts';
import { type Check, type Finding, fail, ok, skipped, warn } from '../check.ts';

type Reach = 'public' | 'private' | 'shared' | 'loopback' | 'link-local' | 'example' | 'nowhere';

const REACH_WORDS: Readonly<Record<Reach, string>> = {
  public: 'public',
  private: 'private',
  shared: "a provider's NAT",
  loopback: 'this machine',
  'link-local': 'one link',
  example: 'for examples',
  nowhere: "nobody's",
};

/** Who reaches an address, by the registries of special addresses (RFC 6890 and its updates). */
export function reachOf(address: string): Reach {
  const bytes = addressBytes(address);
  if (bytes === undefined) return 'nowhere';
  if (isLoopbackAddress(address)) return 'loopback';
  if (isLinkLocalAddress(address)) return 'link-local';
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  if (bytes.length === 16) {
    if (a === 0xff || bytes.every((byte) => byte === 0)) return 'nowhere';
    if (a === 0x20 && b === 0x01 && c === 0x0d && d === 0xb8) return 'example';
    return (a & 0xfe) === 0xfc ? 'private' : 'public';
  }
  if (a === 0 || a >= 224) return 'nowhere';
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)) return 'private';
  if (a === 100 && b >= 64 && b < 128) return 'shared';
  const example = ['192.0.2', '198.51.100', '203.0.113'].includes(`${a}.${b}.${c}`);
  return example ? 'example' : 'public';
}

/** The addresses that an answer of this server will have, for a client on another machine. */
export function toldAddresses(
  settings: Settings,
  readInterfaces: ReadInterfaces,
): readonly string[] {
  const addresses = {
    publicAddresses: settings.publicAddresses,
    interfaces: settings.mediaInterfaces,
    networks: settings.mediaNetworks,
    bindAddress: settings.mediaBindAddress,
  };
  return hostCandidates({ addresses, clientAddress: undefined }, readInterfaces);
}

export function addressesCheck(settings: Settings): Check {
  return {
    id: 'addresses',
    name: 'Media addresses',
    limitMs: 2_000,
    run: async ({ readInterfaces, isContainer }) => {
      const told = toldAddresses(settings, readInterfaces);
      if (told.length === 0) {
        return fail(
          'clients are told no address',
          'Let PRISM_MEDIA_INTERFACES, PRISM_MEDIA_NETWORKS and PRISM_MEDIA_BIND leave one over, or set PRISM_PUBLIC_IP.',
        );
      }
      return judge(told, { settings, isContainer: isContainer() });
    },
  };
}

function judge(
  told: readonly string[],
  { settings, isContainer }: { readonly settings: Settings; readonly isContainer: boolean },
): Finding {
  const list = told.map((address) => `${address} (${REACH_WORDS[reachOf(address)]})`).join(', ');
  const seen = `clients are told ${list}`;
  const figures = { addressCount: told.length };
  const portCount = settings.usesMediaTcp ? 2 : 1;
  if (told.length * portCount > CANDIDATE_COUNT_MAX) {
    const advice = `An answer has room for ${CANDIDATE_COUNT_MAX} candidates: choose with PRISM_MEDIA_INTERFACES or PRISM_MEDIA_NETWORKS.`;
    return warn(seen, advice, figures);
  }
  const reaches = told.map(reachOf);
  // A server for this machine alone needs no address that others reach.
  if (reaches.includes('public') || isLoopbackHost(settings.host)) return ok(seen, figures);
  if (settings.publicAddresses.length > 0) return ok(seen, figures);
  if (isContainer) {
    return warn(
      `${seen}, inside a container`,
      "Publish the media port over UDP and TCP and set PRISM_PUBLIC_IP to the host's address.",
      figures,
    );
  }
  if (reaches.every((reach) => reach === 'loopback')) {
    return warn(
      seen,
      "Other machines can't reach that: connect a network, or set PRISM_PUBLIC_IP.",
      figures,
    );
  }
  return warn(
    seen,
    "Clients outside this network can't reach that: set PRISM_PUBLIC_IP to the address they reach this machine at.",
    figures,
  );
}

export function publicIpCheck(settings: Settings): Check {
  return {
    id: 'public-ip',
    name: 'PRISM_PUBLIC_IP',
    limitMs: 2_000,
    run: async ({ readInterfaces }) => {
      const named = settings.publicAddresses.filter((address) => address !== 'auto');
      if (named.length === 0)
        return skipped('not set: clients are told the addresses of the interfaces');
      const own = new Set(
        Object.values(readInterfaces()).flatMap((entries) =>
          (entries ?? []).map(({ address }) => canonicalAddress(address)),
        ),
      );
      const findings = named.map((address) =>
        judgePublic(address, {
          isOwn: own.has(canonicalAddress(address)),
          isHere: isLoopbackHost(settings.host),
        }),
      );
      const worst =
        findings.find(({ state }) => state === 'fail') ??
        findings.find(({ state }) => state === 'warn');
      return worst ?? ok(findings.map(({ seen }) => seen).join(', '));
    },
  };
}

function judgePublic(
  address: string,
  { isOwn, isHere }: { readonly isOwn: boolean; readonly isHere: boolean },
): Finding {
  const advice = 'Set PRISM_PUBLIC_IP to the address that clients reach this machine at.';
  const reach = reachOf(address);
  switch (reach) {
    case 'public':
      return ok(
        isOwn
          ? `${address} is an interface's here`
          : `${address} is not this machine's own: NAT must map the media port to the same number`,
      );
    case 'private':
      return ok(`${address} is private: for clients of the same network`);
    case 'shared':
      return warn(
        `${address} is behind a provider's NAT`,
        "Clients elsewhere can't reach it: use a server with a public address, or TURN.",
      );
    case 'loopback':
      return isHere
        ? ok(`${address} is this machine`)
        : warn(
            `${address} is this machine`,
            `${advice.slice(0, -1)}; other machines can't reach this one.`,
          );
    case 'example':
      return fail(`${address} is an address for examples, copied from a page`, advice);
    case 'link-local':
    case 'nowhere':
      return fail(`${address} can't be reached by anybody`, advice);
  }
}
