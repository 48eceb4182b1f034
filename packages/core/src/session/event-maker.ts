import { errorBody, type PrismErrorInfo } from '@prism/protocol';
import type { IdSource } from '../ids/id-source.ts';

/** Writes the events that Prism makes itself, in the Realtime GA shape. */
export class EventMaker {
  readonly #ids: IdSource;

  constructor(ids: IdSource) {
    this.#ids = ids;
  }

  /** The WebRTC playback events (Realtime reference, `output_audio_buffer.*`). */
  outputAudioBuffer(what: 'started' | 'stopped' | 'cleared', responseId: string): string {
    return JSON.stringify({
      type: `output_audio_buffer.${what}`,
      event_id: this.#ids.nextEventId(),
      response_id: responseId,
    });
  }

  /** An `error` event; `clientEventId` is the `event_id` of the client event at fault. */
  error(info: PrismErrorInfo, clientEventId: string | undefined): string {
    const { error } = errorBody(info);
    return JSON.stringify({
      type: 'error',
      event_id: this.#ids.nextEventId(),
      error: { ...error, event_id: clientEventId ?? null },
    });
  }

  /** A client event of Prism's own toward the upstream: cut an item at what was sent. */
  truncate(item: {
    readonly itemId: string;
    readonly contentIndex: number;
    readonly audioEndMs: number;
  }): string {
    return JSON.stringify({
      type: 'conversation.item.truncate',
      event_id: this.#ids.nextEventId(),
      item_id: item.itemId,
      content_index: item.contentIndex,
      audio_end_ms: item.audioEndMs,
    });
  }

  /** A client event of Prism's own toward the upstream: stop generating. */
  cancel(responseId: string): string {
    return JSON.stringify({
      type: 'response.cancel',
      event_id: this.#ids.nextEventId(),
      response_id: responseId,
    });
  }
}
