import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT_PATH = fileURLToPath(
  new URL('../../../src/harness/sctp/aiortc-peer.py', import.meta.url),
);
const PYTHON_PATH = '/usr/bin/python3';

/** Why aiortc can't be tested against here; undefined where it can. */
export function problemWithAiortc(): string | undefined {
  if (existsSync('/usr/lib/python3/dist-packages/aiortc') && existsSync(PYTHON_PATH))
    return undefined;
  return 'no aiortc: apt-get install python3-aiortc';
}

/** A line that `aiortc-peer.py` prints. */
export interface AiortcEvent {
  readonly type: 'ready' | 'channel' | 'open' | 'close' | 'message' | 'stopped';
  readonly label?: string;
  readonly protocol?: string;
  readonly ordered?: boolean;
  readonly size?: number;
}

/** A process with aiortc's SCTP, which sends to a port of this machine. */
export class AiortcPeer {
  readonly events: AiortcEvent[] = [];
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#process = child;
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.events.push(JSON.parse(line) as AiortcEvent);
    });
  }

  static start(port: number, role: 'controlling' | 'controlled'): AiortcPeer {
    return new AiortcPeer(
      spawn(PYTHON_PATH, [SCRIPT_PATH, String(port), role], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
  }

  count(type: AiortcEvent['type']): number {
    return this.events.filter((event) => event.type === type).length;
  }

  /** Ends its association, with ABORT, and the process. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.stdin?.end();
    await exited;
  }
}
