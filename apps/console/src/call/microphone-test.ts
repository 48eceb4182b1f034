import { LevelMeter, PrismClientError } from '@prism/client';

function errorOf(failure: unknown): PrismClientError {
  const name = failure instanceof Error ? failure.name : '';
  if (name === 'NotAllowedError')
    return new PrismClientError('microphone_denied', { cause: failure });
  if (name === 'NotFoundError' || name === 'OverconstrainedError')
    return new PrismClientError('microphone_missing', { cause: failure });
  if (name === 'NotReadableError')
    return new PrismClientError('microphone_busy', { cause: failure });
  return new PrismClientError('microphone_failed', { cause: failure });
}

/** Listens to a microphone without a call, so that its level can be seen. */
export class MicrophoneTest {
  readonly #stream: MediaStream;
  readonly #context = new AudioContext();
  readonly #meter: LevelMeter;

  private constructor(stream: MediaStream) {
    this.#stream = stream;
    this.#meter = new LevelMeter(this.#context, stream);
  }

  /** Rejects with a `PrismClientError`. */
  static async open(deviceId: string | undefined): Promise<MicrophoneTest> {
    if (!isSecureContext) throw new PrismClientError('insecure_context');
    try {
      const device = deviceId === undefined ? {} : { deviceId: { exact: deviceId } };
      return new MicrophoneTest(
        await navigator.mediaDevices.getUserMedia({ audio: { ...device } }),
      );
    } catch (failure) {
      throw errorOf(failure);
    }
  }

  rms(): number {
    return this.#meter.readRms();
  }

  close(): void {
    this.#meter.close();
    for (const track of this.#stream.getTracks()) track.stop();
    void this.#context.close();
  }
}
