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

/**
 * Whether the microphone may be used, as the browser tells without asking the user; `undefined` where it doesn't (W3C
 * Permissions).
 */
export async function microphonePermission(page: {
  readonly navigator: { readonly permissions?: Pick<Permissions, 'query'> | undefined };
}): Promise<PermissionState | undefined> {
  try {
    // No browser's types name it everywhere; one that doesn't know it rejects.
    const status = await page.navigator.permissions?.query({ name: 'microphone' });
    return status?.state;
  } catch {
    return undefined;
  }
}
