import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { freePortVariables } from './free-port.ts';

const require = createRequire(import.meta.url);
const BIN_PATH = join(require.resolve('@prism/server/package.json'), '..', 'bin', 'prism');

/** The `prism` command as an operator runs it. */
export class PrismProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  output = '';
  errorOutput = '';

  private constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    prefix: readonly string[] = [],
  ) {
    const [program = '', ...rest] = [...prefix, BIN_PATH, ...args];
    this.#child = spawn(program, rest, {
      env: { PATH: process.env['PATH'], PRISM_STORAGE_PATH: ':memory:', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (data: Buffer) => {
      this.output += data.toString();
    });
    this.#child.stderr?.on('data', (data: Buffer) => {
      this.errorOutput += data.toString();
    });
    this.#exit = new Promise((resolve) => {
      // When what it wrote last has been read, too.
      this.#child.on('close', (code) => resolve(code));
    });
  }

  /** Runs the command as it is; for commands that end by themselves. */
  static run(args: readonly string[], env: Readonly<Record<string, string>> = {}): PrismProcess {
    return new PrismProcess(args, env);
  }

  /**
   * Starts a server on free ports and waits until it says that it is ready.
   *
   * @param prefix - Command that runs the command line behind it, as `ip netns exec` does.
   */
  static async serve(
    env: Readonly<Record<string, string>> = {},
    prefix: readonly string[] = [],
  ): Promise<{ prism: PrismProcess; url: string }> {
    // A machine that is busy with other tests would have a server beyond loopback refuse calls for its load.
    const variables = { ...(await freePortVariables()), PRISM_MAX_LOAD: '0', ...env };
    const prism = new PrismProcess(['serve'], variables, prefix);
    await prism.#saysReady();
    return { prism, url: `http://${env['PRISM_HOST'] ?? 'localhost'}:${variables.PRISM_PORT}` };
  }

  /** Log entries so far, parsed. */
  get log(): readonly Record<string, unknown>[] {
    return this.output
      .slice(0, this.output.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** The exit code, once the command has ended. */
  async exitCode(): Promise<number | null> {
    return this.#exit;
  }

  /** With which arguments it runs, and those that it has started (proc(5)). */
  commandLines(): readonly (readonly string[])[] {
    return [this.#child.pid, ...this.childPids()].map((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'),
    );
  }

  /** The processes that the command has started and that run (proc(5)). */
  childPids(): readonly number[] {
    const { pid } = this.#child;
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.trim().split(' ').filter(Boolean).map(Number);
  }

  /** Sends the command a signal that doesn't end it. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Asks the command to end and answers its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    return this.#exit;
  }

  async #saysReady(): Promise<void> {
    const ready = new Promise<void>((resolve) => {
      this.#child.stdout?.on('data', () => {
        if (this.output.includes(' is ready.')) resolve();
      });
    });
    const exited = this.#exit.then((code) => {
      throw new Error(`prism ended with ${code}: ${this.errorOutput}`);
    });
    await Promise.race([ready, exited]);
  }
}
