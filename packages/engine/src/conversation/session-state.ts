import type {
  RealtimeSessionObject,
  SessionObject,
  Transcription,
} from '../wire/session-object.ts';

/** A transcription session transcribes even when its client hasn't said with which model. */
const TRANSCRIPTION_WHEN_UNSET: Transcription = {
  model: 'whisper-1',
  language: null,
  prompt: null,
};

/** The session as it is configured now, shared by the parts of its conversation. */
export class SessionState {
  /** Changed by `session.update` alone. */
  object: SessionObject;
  /** Whether assistant audio was sent: the voice is fixed from then on. */
  hasAssistantAudio = false;

  constructor(object: SessionObject) {
    this.object = object;
  }

  /** The session if it is one that answers, which a transcription session doesn't. */
  get realtime(): RealtimeSessionObject | undefined {
    return this.object.type === 'realtime' ? this.object : undefined;
  }

  get transcription(): Transcription | null {
    const configured = this.object.audio.input.transcription;
    return this.object.type === 'transcription'
      ? (configured ?? TRANSCRIPTION_WHEN_UNSET)
      : configured;
  }
}
