import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import { canonicalAddress, isLinkLocalAddress, isLoopbackAddress } from '@prism/protocol';

/** Which addresses clients are told. */
export interface AddressRules {
  /** Addresses to tell, as they are reached from outside; `auto` stands for those of the interfaces. */
  readonly publicAddresses: readonly string[];
  /** Names of the interfaces whose addresses may be told; all if empty. */
  readonly interfaces: readonly string[];
  /** Networks (`192.0.2.0/24`) or addresses that may be told; all if empty. */
  readonly networks: readonly string[];
  /** The local address that the port is bound to, which then is the only one of the interfaces'. */
  readonly bindAddress: string | undefined;
}

export interface CandidateQuestion {
  readonly addresses: AddressRules;
  /** Where the offer came from. */
  readonly clientAddress: string | undefined;
}

/** Where addresses come from; the operating system, unless a test says otherwise. */
export type ReadInterfaces = () => Readonly<
  Record<string, readonly { readonly address: string; readonly internal: boolean }[] | undefined>
>;

/**
 * The addresses for an answer, best first: the public ones as configured, then the interfaces', loopback last and only
 * for a client on this machine or where there is nothing else.
 */
export function hostCandidates(
  { addresses, clientAddress }: CandidateQuestion,
  readInterfaces: ReadInterfaces = networkInterfaces,
): readonly string[] {
  const { publicAddresses } = addresses;
  const told = publicAddresses.length === 0 ? ['auto'] : publicAddresses;
  const found = told.flatMap((entry) =>
    entry === 'auto' ? interfaceAddresses(addresses, clientAddress, readInterfaces) : [entry],
  );
  return [...new Set(found)];
}

function interfaceAddresses(
  rules: AddressRules,
  clientAddress: string | undefined,
  readInterfaces: ReadInterfaces,
): readonly string[] {
  const allowed = Object.entries(readInterfaces())
    .filter(([name]) => rules.interfaces.length === 0 || rules.interfaces.includes(name))
    .flatMap(([, entries]) => entries ?? [])
    .map(({ address }) => address)
    .filter((address) => isBound(address, rules.bindAddress))
    .filter((address) => isAllowed(address, rules.networks));
  // A link-local address says nothing without its interface, which no candidate can name.
  const reachable = allowed.filter(
    (address) => !isLoopbackAddress(address) && !isLinkLocalAddress(address),
  );
  const isClientHere = clientAddress !== undefined && isLoopbackAddress(clientAddress);
  if (!isClientHere && reachable.length > 0) return reachable;
  return [...reachable, ...allowed.filter(isLoopbackAddress)];
}

function isBound(address: string, bindAddress: string | undefined): boolean {
  if (bindAddress === undefined) return true;
  const bound = canonicalAddress(bindAddress);
  const isWildcard = bound === '0.0.0.0' || bound === '0:0:0:0:0:0:0:0';
  return isWildcard || bound === canonicalAddress(address);
}

function isAllowed(address: string, networks: readonly string[]): boolean {
  if (networks.length === 0) return true;
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', prefix] = network.split('/');
    const family = base.includes(':') ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(base, family);
    else list.addSubnet(base, Number(prefix), family);
  }
  return list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}
