// The loudspeaker: a PulseAudio server of its own, whose one device is recorded. What is in the recording has been
// through the page, its media element and the system's mixer.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const RATE_HZ = 48_000;
const BYTES_PER_MS = (RATE_HZ / 1_000) * 2;
/** What the recorder asks for. The device mixes a block of this length when the one before it has been played. */
const BLOCK_MS = 10;
const wallMs = () => performance.timeOrigin + performance.now();

export class Speaker {
  #folder = mkdtempSync(join(tmpdir(), 'prism-speaker-'));
  #server;
  #recorder;
  #chunks = [];
  #bytes = 0;
  /**
   * Wall time of the recording's first sample, as the quickest of its pieces tells it. A piece is recorded when it is
   * mixed, a block before the device has played it to its end.
   */
  #startMs = Number.POSITIVE_INFINITY;

  static async open() {
    const speaker = new Speaker();
    await speaker.#start();
    return speaker;
  }

  /** For programs that shall play here. */
  get env() {
    return {
      PULSE_SERVER: `unix:${join(this.#folder, 'native')}`,
      PULSE_RUNTIME_PATH: this.#folder,
    };
  }

  /** The recording from a wall time to another, as PCM16 mono. */
  between(fromMs, toMs) {
    const pcm = Buffer.concat(this.#chunks);
    this.#chunks = [pcm];
    const at = (ms) => Math.max(0, Math.round((ms - this.#startMs) * (RATE_HZ / 1_000)) * 2);
    const from = Math.min(pcm.length, at(fromMs));
    const to = Math.min(pcm.length, at(toMs));
    return new Int16Array(pcm.buffer.slice(pcm.byteOffset + from, pcm.byteOffset + to));
  }

  /** Lets go of everything so far. */
  forget() {
    this.#startMs += this.#chunks.reduce((sum, { length }) => sum + length, 0) / BYTES_PER_MS;
    this.#chunks = [];
  }

  close() {
    this.#recorder?.kill();
    this.#server.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start() {
    const scriptPath = join(this.#folder, 'speaker.pa');
    mkdirSync(join(this.#folder, '.config', 'pulse'), { recursive: true });
    writeFileSync(
      scriptPath,
      'load-module module-native-protocol-unix\nload-module module-null-sink sink_name=speaker rate=48000 channels=2\n',
    );
    const env = { PATH: process.env.PATH, HOME: this.#folder, ...this.env };
    const args = [
      '-n',
      '--daemonize=no',
      '--exit-idle-time=-1',
      '--use-pid-file=no',
      '-F',
      scriptPath,
    ];
    this.#server = spawn('pulseaudio', args, { env, stdio: 'ignore' });
    for (let tries = 0; tries < 50 && this.#bytes === 0; tries += 1) {
      if (this.#recorder === undefined || this.#recorder.exitCode !== null) this.#record(env);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    if (this.#bytes === 0)
      throw new Error('PulseAudio does not record (apt-get install pulseaudio pulseaudio-utils).');
  }

  #record(env) {
    const format = ['--rate=48000', '--channels=1', '--format=s16le', `--latency-msec=${BLOCK_MS}`];
    this.#recorder = spawn('parec', ['-d', 'speaker.monitor', ...format], { env });
    this.#recorder.stdout.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      const heldMs = this.#chunks.reduce((sum, { length }) => sum + length, 0) / BYTES_PER_MS;
      this.#startMs = Math.min(this.#startMs, wallMs() + BLOCK_MS - heldMs);
    });
  }
}
