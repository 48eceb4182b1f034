import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CHROMIUM_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export interface BrowserOptions {
  /** Whether pages may not use the microphone until the test says so; else nobody is asked. */
  readonly isMicrophoneGuarded?: boolean;
  /** Whether pages may not play before a gesture of the user. */
  readonly isAutoplayBlocked?: boolean;
}

/** Starts headless Chromium whose microphone, if it needs one, plays `recordingPath` once. Throws if there is no Chromium. */
export async function startBrowser(
  recordingPath?: string,
  { isMicrophoneGuarded = false, isAutoplayBlocked = false }: BrowserOptions = {},
): Promise<Browser> {
  const executablePath = CHROMIUM_PATHS.find((path) => existsSync(path));
  if (executablePath === undefined)
    throw new Error('Chromium is missing: npm test installs it, as root.');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--autoplay-policy=${isAutoplayBlocked ? 'document-user-activation-required' : 'no-user-gesture-required'}`,
      ...(isMicrophoneGuarded ? [] : ['--use-fake-ui-for-media-stream']),
      '--use-fake-device-for-media-stream',
      ...(recordingPath === undefined
        ? []
        : [`--use-file-for-fake-audio-capture=${recordingPath}%noloop`]),
    ],
  });
}
