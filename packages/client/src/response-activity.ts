import { objectField, textField, type WireEvent } from './wire-event.ts';

/** Knows from server events whether a response is being generated or heard. */
export class ResponseActivity {
  #activeId: string | undefined;
  #playingId: string | undefined;

  /** Whether a response is between `response.created` and `response.done`. */
  get isGenerating(): boolean {
    return this.#activeId !== undefined;
  }

  /** Whether an answer is being played, by `output_audio_buffer.*`. */
  get isPlaying(): boolean {
    return this.#playingId !== undefined;
  }

  /** Takes one server event. */
  handle(event: WireEvent): void {
    switch (event.type) {
      case 'response.created':
        this.#activeId = textField(objectField(event, 'response'), 'id');
        return;
      case 'response.done':
        this.#activeId = undefined;
        return;
      case 'output_audio_buffer.started':
        this.#playingId = textField(event, 'response_id');
        return;
      case 'output_audio_buffer.stopped':
      case 'output_audio_buffer.cleared':
        this.#playingId = undefined;
        return;
      default:
        return;
    }
  }
}
