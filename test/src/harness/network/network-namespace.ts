import { spawnSync } from 'node:child_process';

const CLIENT_LINK = 'net0';
const BACKHAUL_LINK = 'back0';

/** What happens to UDP between clients and the namespace. */
export interface UdpRules {
  readonly isBlocked?: boolean;
  /** Packets lost of a hundred, each way, by chance that no seed rules. */
  readonly lossPercent?: number;
  /** A TCP port of the server's that is blocked as well: that of media. */
  readonly blockedTcpPort?: number | undefined;
}

/**
 * A network of the kernel's: a namespace for the server, with a link to clients on this machine whose UDP `nft` blocks
 * or loses, and another one for its upstream that nothing happens to.
 */
export class NetworkNamespace {
  readonly name = `prism-${process.pid}`;
  /** The namespace's end of the link that clients come by: the only one that media may use. */
  readonly clientLink = CLIENT_LINK;
  /** The server's address on the clients' link. */
  readonly serverAddress: string;
  /** This machine's address on the link that nothing happens to. */
  readonly backhaulAddress: string;
  readonly #clientAddresses: readonly [string, string];
  readonly #hostLink: string;
  readonly #backhaulLink: string;

  private constructor() {
    const subnet = `10.79.${process.pid % 250}`;
    this.serverAddress = `${subnet}.18`;
    this.backhaulAddress = `${subnet}.1`;
    this.#clientAddresses = [`${subnet}.17`, `${subnet}.19`];
    this.#hostLink = `prc${process.pid}`;
    this.#backhaulLink = `prb${process.pid}`;
  }

  /** Why this machine can't have one; undefined if it can. What was tried is gone again. */
  static problem(): string | undefined {
    try {
      const probe = NetworkNamespace.create();
      try {
        probe.udp({ isBlocked: true, lossPercent: 10 });
      } finally {
        probe.delete();
      }
      return undefined;
    } catch (error) {
      return String(error);
    }
  }

  static create(): NetworkNamespace {
    const namespace = new NetworkNamespace();
    run('ip', ['netns', 'add', namespace.name]);
    try {
      namespace.#link();
    } catch (error) {
      namespace.delete();
      throw error;
    }
    return namespace;
  }

  /** Begins a command line that is to run inside. */
  get command(): readonly string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  /** From now on UDP on the clients' link is treated so; TCP is left alone, but for a port that is blocked. */
  udp({ isBlocked = false, lossPercent = 0, blockedTcpPort }: UdpRules): void {
    const drop = isBlocked ? 'drop' : `numgen random mod 100 < ${lossPercent} drop`;
    const tcp =
      blockedTcpPort === undefined
        ? ''
        : `tcp dport ${blockedTcpPort} drop; tcp sport ${blockedTcpPort} drop;`;
    const chain = (hook: string): string =>
      `chain ${hook} { type filter hook ${hook} device "${CLIENT_LINK}" priority 0; meta l4proto udp ${drop}; ${tcp} }`;
    const table = 'table netdev network';
    run('nft', ['-f', '-'], {
      prefix: this.command,
      input: `${table} {}\ndelete ${table}\n${table} {\n${chain('ingress')}\n${chain('egress')}\n}\n`,
    });
  }

  /** Takes the clients' address away and gives them another one; connections of the old one are not told. */
  changeClientAddress(): void {
    const [before, after] = this.#clientAddresses;
    // In this order: the second address of a subnet goes with the first.
    run('ip', ['addr', 'del', `${before}/28`, 'dev', this.#hostLink]);
    run('ip', ['addr', 'add', `${after}/28`, 'dev', this.#hostLink]);
  }

  /** The links first, since the kernel takes those of a namespace away some time after it. */
  delete(): void {
    for (const link of [this.#hostLink, this.#backhaulLink]) spawnSync('ip', ['link', 'del', link]);
    run('ip', ['netns', 'del', this.name]);
  }

  #link(): void {
    const inside = (...args: string[]): void => run('ip', ['-n', this.name, ...args]);
    const pair = (host: string, hostAddress: string, [peer, address]: [string, string]): void => {
      run('ip', ['link', 'add', host, 'type', 'veth', 'peer', 'name', peer, 'netns', this.name]);
      // A link's own IPv6 address would come a second or two after it, and Chromium gives up what it loads whenever
      // this machine gets an address (ERR_NETWORK_CHANGED).
      run('ip', ['link', 'set', host, 'addrgenmode', 'none']);
      run('ip', ['addr', 'add', hostAddress, 'dev', host]);
      run('ip', ['link', 'set', host, 'up']);
      inside('link', 'set', peer, 'addrgenmode', 'none');
      inside('addr', 'add', address, 'dev', peer);
      inside('link', 'set', peer, 'up');
    };
    inside('link', 'set', 'lo', 'up');
    pair(this.#hostLink, `${this.#clientAddresses[0]}/28`, [
      CLIENT_LINK,
      `${this.serverAddress}/28`,
    ]);
    const peerAddress = this.backhaulAddress.replace(/1$/, '2');
    pair(this.#backhaulLink, `${this.backhaulAddress}/30`, [BACKHAUL_LINK, `${peerAddress}/30`]);
  }
}

interface RunOptions {
  readonly prefix?: readonly string[];
  readonly input?: string;
}

/** Runs a command and answers why it failed, if it did. */
function attempt(
  command: string,
  args: readonly string[],
  { prefix = [], input = '' }: RunOptions = {},
): string | undefined {
  const [program = command, ...rest] = [...prefix, command, ...args];
  const { status, stderr, error } = spawnSync(program, rest, { input, encoding: 'utf8' });
  if (status === 0) return undefined;
  return `${program} ${rest.join(' ')}: ${error?.message ?? stderr.trim()}`;
}

function run(command: string, args: readonly string[], options: RunOptions = {}): void {
  const problem = attempt(command, args, options);
  if (problem !== undefined) throw new Error(problem);
}
