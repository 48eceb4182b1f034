import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freeMediaPort } from './free-port.ts';

/** A TURN server of this machine, coturn, that takes credentials made with `secret` alone. */
export class Coturn {
  readonly url: string;
  readonly #process: ChildProcess;
  output = '';

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#process = child;
    child.stdout?.on('data', (data: Buffer) => {
      this.output += data.toString();
    });
  }

  static async start(secret: string): Promise<Coturn> {
    const port = await freeMediaPort();
    const child = spawn(
      'turnserver',
      [
        '--no-cli',
        '--no-tls',
        '--no-dtls',
        '--listening-ip=127.0.0.1',
        '--relay-ip=127.0.0.1',
        `--listening-port=${port}`,
        '--realm=prism.test',
        '--use-auth-secret',
        `--static-auth-secret=${secret}`,
        // The peer is Prism on this machine; a relay of the world must not allow that.
        '--allow-loopback-peers',
        '--verbose',
        '--log-file=stdout',
        '--pidfile=/dev/null',
        '--no-software-attribute',
        '-c/dev/null',
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    await once(child, 'spawn');
    return new Coturn(`turn:127.0.0.1:${port}`, child);
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.kill();
    await exited;
  }
}
