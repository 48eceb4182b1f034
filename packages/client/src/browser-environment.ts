import { BrowserCallMedia } from './browser-call-media.ts';
import type { CallMedia, CallMediaRequest, CallMediaSink } from './call-media.ts';
import { LinkMemory } from './connection/link-memory.ts';
import type { CallStore } from './session/kept-call.ts';
import { isWireObject } from './wire-event.ts';

/** What a session takes from the browser, so that it can be run against doubles. */
export interface BrowserEnvironment {
  /** Asks for the microphone and makes ready what goes to the server; rejects with a `PrismClientError`. */
  readonly openMedia: (request: CallMediaRequest, sink: CallMediaSink) => Promise<CallMedia>;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Monotonic time in milliseconds. */
  readonly nowMs: () => number;
  /** Calls back once after `delayMs`; the returned function cancels. */
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
  /** Calls back when the page goes away; the returned function stops listening. */
  readonly onPageHide: (callback: () => void) => () => void;
  /** Keeps a call while the page is loaded anew; undefined where the page may keep nothing. */
  readonly callStore: () => CallStore | undefined;
  readonly wallMs: () => number;
  /** Surfaces what a listener threw as an uncaught error of the page. */
  readonly reportError: (failure: unknown) => void;
}

/** The environment of the page this module runs in. */
export function browserEnvironment(): BrowserEnvironment {
  const environment: BrowserEnvironment = {
    openMedia: (request, sink) => {
      const { nowMs, setTimer, fetch: fetchHere } = environment;
      const place = { url: request.endpoint.url, network: networkName() };
      const memory = new LinkMemory(pageStore('localStorage'), place, environment.wallMs);
      return BrowserCallMedia.open(request, sink, { nowMs, setTimer, fetch: fetchHere, memory });
    },
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
    callStore: () => pageStore('sessionStorage'),
    wallMs: () => Date.now(),
    reportError: (failure) => {
      reportError(failure);
    },
  };
  return environment;
}

/** As near as browsers come to naming the network. */
function networkName(): string {
  const connection: unknown = Reflect.get(navigator, 'connection');
  const type: unknown = isWireObject(connection) ? connection.type : undefined;
  return typeof type === 'string' ? type : '';
}

/** A page in a sandbox may not even ask for its store. */
function pageStore(name: 'localStorage' | 'sessionStorage'): Storage | undefined {
  try {
    return window[name];
  } catch {
    return undefined;
  }
}
