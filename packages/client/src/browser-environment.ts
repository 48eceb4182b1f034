import { BrowserCallMedia } from './browser-call-media.ts';
import type { CallMedia, CallMediaRequest, CallMediaSink } from './call-media.ts';

/** What a session takes from the browser, so that it can be run against doubles. */
export interface BrowserEnvironment {
  /** Asks for the microphone and makes a peer connection; rejects with a `PrismClientError`. */
  readonly openMedia: (request: CallMediaRequest, sink: CallMediaSink) => Promise<CallMedia>;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Monotonic time in milliseconds. */
  readonly nowMs: () => number;
  /** Calls back once after `delayMs`; the returned function cancels. */
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
  /** Calls back when the page goes away; the returned function stops listening. */
  readonly onPageHide: (callback: () => void) => () => void;
  /** Surfaces what a listener threw as an uncaught error of the page. */
  readonly reportError: (failure: unknown) => void;
}

/** The environment of the page this module runs in. */
export function browserEnvironment(): BrowserEnvironment {
  return {
    openMedia: (request, sink) => BrowserCallMedia.open(request, sink),
    fetch: (url, init) => fetch(url, init),
    nowMs: () => performance.now(),
    setTimer: (callback, delayMs) => {
      const timer = setTimeout(callback, delayMs);
      return () => {
        clearTimeout(timer);
      };
    },
    onPageHide: (callback) => {
      window.addEventListener('pagehide', callback);
      return () => {
        window.removeEventListener('pagehide', callback);
      };
    },
    reportError: (failure) => {
      reportError(failure);
    },
  };
}
