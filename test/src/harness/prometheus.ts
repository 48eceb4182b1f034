import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freeTcpPort } from './free-port.ts';

const ROOT_PATH = new URL('../../../', import.meta.url).pathname;
/** The files of Debian's package, where it is not installed. */
const UNPACKED_PATH = join(ROOT_PATH, '.prism/debian/usr/bin');

/** What operators are given. */
export const OBSERVABILITY_PATH = join(ROOT_PATH, 'deploy/observability');

/** A command of Debian's prometheus package: unpacked, or on the path. */
function commandOf(name: 'prometheus' | 'promtool'): string {
  const path = join(UNPACKED_PATH, name);
  return existsSync(path) ? path : name;
}

/** Runs promtool. Rejects with what it says if it finds something. */
export async function promtool(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(commandOf('promtool'), [...args]);
  return stdout;
}

/** A Prometheus of this machine that reads one server. */
export class Prometheus {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #folderPath: string;

  private constructor(url: string, child: ChildProcess, folderPath: string) {
    this.url = url;
    this.#process = child;
    this.#folderPath = folderPath;
  }

  /** @param config - As `prometheus.yml` has it. */
  static async start(config: string): Promise<Prometheus> {
    const folderPath = mkdtempSync(join(tmpdir(), 'prism-prometheus-'));
    const configPath = join(folderPath, 'prometheus.yml');
    writeFileSync(configPath, config);
    const address = `127.0.0.1:${await freeTcpPort()}`;
    const child = spawn(
      commandOf('prometheus'),
      [
        `--config.file=${configPath}`,
        `--storage.tsdb.path=${join(folderPath, 'data')}`,
        `--web.listen-address=${address}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    await once(child, 'spawn');
    return new Prometheus(`http://${address}`, child, folderPath);
  }

  /** The values of a query by the labels that `label` names; undefined while it doesn't answer. */
  async query(query: string, label: string): Promise<ReadonlyMap<string, number> | undefined> {
    const url = `${this.url}/api/v1/query?query=${encodeURIComponent(query)}`;
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok !== true) return undefined;
    const { data } = (await response.json()) as {
      readonly data: {
        readonly result: readonly {
          readonly metric: Readonly<Record<string, string>>;
          readonly value: readonly [number, string];
        }[];
      };
    };
    return new Map(data.result.map(({ metric, value }) => [metric[label] ?? '', Number(value[1])]));
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.kill();
    await exited;
    rmSync(this.#folderPath, { recursive: true });
  }
}
