import type { KnownServerEvent, SessionObject } from '@prism/protocol';

/** Follows the upstream's turn detection as far as responses depend on it. */
export class TurnWatch {
  #createsResponses = true;
  #isSpeechOpen = false;
  #isResponseExpected = false;

  /** True while the upstream hears speech whose end will make it answer. */
  get isUserSpeaking(): boolean {
    return this.#isSpeechOpen && this.#createsResponses;
  }

  /** True from the end of a turn until the response that the upstream makes to it. */
  get isResponseExpected(): boolean {
    return this.#isResponseExpected;
  }

  /** The response that was expected doesn't come. */
  forgetExpected(): void {
    this.#isResponseExpected = false;
  }

  observe(event: KnownServerEvent): void {
    switch (event.type) {
      case 'session.created':
      case 'session.updated':
        this.#createsResponses = createsResponses(event.session);
        if (!this.#createsResponses) this.#isResponseExpected = false;
        return;
      case 'input_audio_buffer.speech_started':
        this.#isSpeechOpen = true;
        return;
      case 'input_audio_buffer.speech_stopped':
        this.#isSpeechOpen = false;
        this.#isResponseExpected = this.#createsResponses;
        return;
      case 'input_audio_buffer.committed':
        this.#isSpeechOpen = false;
        return;
      case 'input_audio_buffer.cleared':
        this.#isSpeechOpen = false;
        this.#isResponseExpected = false;
        return;
      case 'response.created':
        this.#isResponseExpected = false;
        return;
      default:
    }
  }
}

/** Turns are answered unless the session says otherwise; without turn detection there are none. */
function createsResponses(session: SessionObject): boolean {
  if (session.type === 'transcription') return false;
  const detection = session.audio?.input?.turn_detection;
  if (detection === undefined) return true;
  return detection !== null && detection.create_response !== false;
}
