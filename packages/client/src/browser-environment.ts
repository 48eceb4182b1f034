/** What the SDK takes from the browser, so that it can be run against doubles. */
export interface BrowserEnvironment {
  /** Whether the page may use the microphone at all (`window.isSecureContext`). */
  readonly isSecureContext: boolean;
  /** `navigator.mediaDevices`; absent in insecure pages and some embedded views. */
  readonly mediaDevices: Pick<MediaDevices, 'getUserMedia'> | undefined;
  /** Makes a peer connection; absent where the browser has no WebRTC. */
  readonly createPeerConnection:
    | ((configuration: RTCConfiguration) => RTCPeerConnection)
    | undefined;
  /** Makes the audio graph for the level meters; absent where there is no WebAudio. */
  readonly createAudioContext: (() => AudioContext) | undefined;
  readonly createAudioElement: () => HTMLAudioElement;
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
  const devices: Pick<MediaDevices, 'getUserMedia'> | undefined =
    'mediaDevices' in navigator ? navigator.mediaDevices : undefined;
  return {
    isSecureContext: window.isSecureContext,
    mediaDevices: devices,
    createPeerConnection:
      'RTCPeerConnection' in window
        ? (configuration) => new RTCPeerConnection(configuration)
        : undefined,
    createAudioContext: 'AudioContext' in window ? () => new AudioContext() : undefined,
    createAudioElement: () => new Audio(),
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
