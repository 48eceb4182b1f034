import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** The public HTTP port: accepts connections and reads nothing of them. */
export class ConnectionDoor {
  readonly #servers: readonly Server[];

  private constructor(servers: readonly Server[]) {
    this.#servers = servers;
  }

  /** Listens, on every address that the host's name stands for. Rejects if the first of them is taken. */
  static async open(
    { host, port }: { readonly host: string; readonly port: number },
    take: (socket: Socket) => void,
  ): Promise<ConnectionDoor> {
    const [first, ...others] = await addressesOf(host);
    const servers = [await listen(first, port, take)];
    for (const address of others) {
      // A machine without IPv6 has a name for its loopback all the same.
      const server = await listen(address, port, take).catch(() => undefined);
      if (server !== undefined) servers.push(server);
    }
    return new ConnectionDoor(servers);
  }

  /** Accepts no more. Idempotent. */
  close(): void {
    for (const server of this.#servers) server.close();
  }
}

async function addressesOf(host: string): Promise<readonly [string, ...string[]]> {
  const found = await lookup(host, { all: true });
  const [first, ...others] = found.map(({ address }) => address);
  return first === undefined ? [host] : [first, ...others];
}

async function listen(host: string, port: number, take: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ pauseOnConnect: true, noDelay: true }, take);
  server.listen({ host, port });
  await once(server, 'listening');
  return server;
}
