import type { MicrophonePage } from '../microphone.ts';

/** What a call's sound takes from the page, so that it can be run against doubles. */
export interface SoundPage extends MicrophonePage {
  readonly navigator: {
    readonly mediaDevices?:
      | Pick<
          MediaDevices,
          'getUserMedia' | 'enumerateDevices' | 'addEventListener' | 'removeEventListener'
        >
      | undefined;
    readonly permissions?: Pick<Permissions, 'query'> | undefined;
  };
  readonly document: Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'>;
}
