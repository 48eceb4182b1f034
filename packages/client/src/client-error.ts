/** Everything that can go wrong in the browser SDK, one stable word each. */
export type ClientErrorCode =
  | 'insecure_context'
  | 'webrtc_unsupported'
  | 'microphone_unsupported'
  | 'microphone_denied'
  | 'microphone_missing'
  | 'microphone_busy'
  | 'microphone_failed'
  | 'microphone_ended'
  | 'token_failed'
  | 'server_unreachable'
  | 'server_refused'
  | 'answer_invalid'
  | 'setup_failed'
  | 'ice_failed'
  | 'socket_failed'
  | 'connection_lost'
  | 'call_gone'
  | 'server_draining'
  | 'connect_timeout'
  | 'connection_closed'
  | 'connect_aborted'
  | 'not_connected'
  | 'message_too_large'
  | 'send_queue_full'
  | 'audio_blocked'
  | 'audio_unsupported'
  | 'realtime_error';

/** What a person should know about an error code: what happened, and what to do about it. */
export interface ErrorExplanation {
  readonly message: string;
  readonly remedy: string;
}

const EXPLANATIONS: Readonly<Record<ClientErrorCode, ErrorExplanation>> = {
  insecure_context: {
    message: 'Browsers give the microphone to secure pages only.',
    remedy: 'Open the page over https, or as http://localhost on the machine that serves it.',
  },
  webrtc_unsupported: {
    message: 'This browser has no WebRTC.',
    remedy: 'Use a current Chrome, Edge, Firefox or Safari, and check that WebRTC is not disabled.',
  },
  microphone_unsupported: {
    message: 'This browser offers no microphone access.',
    remedy: 'Use a current browser, and no embedded view that withholds media devices.',
  },
  microphone_denied: {
    message: 'Microphone access was refused.',
    remedy: 'Allow the microphone for this site in the address bar and in the system settings.',
  },
  microphone_missing: {
    message: 'No microphone was found.',
    remedy: 'Plug in or enable a microphone, then try again.',
  },
  microphone_busy: {
    message: 'The microphone could not be started; another program may hold it.',
    remedy: 'Close other programs that record, or choose another microphone in the browser.',
  },
  microphone_failed: {
    message: 'The microphone could not be opened.',
    remedy: 'Try again; if it stays, restart the browser.',
  },
  microphone_ended: {
    message: 'The microphone stopped during the call.',
    remedy: 'Check that it is still plugged in and allowed, then start a new call.',
  },
  token_failed: {
    message: 'The page got no token for the call.',
    remedy:
      'Check what getToken asks, usually a route of your own server that makes client secrets.',
  },
  server_unreachable: {
    message: 'The Prism server could not be reached.',
    remedy: 'Check that it runs, that the address is right, and that this origin is allowed.',
  },
  server_refused: {
    message: 'The Prism server refused the call.',
    remedy: 'Do as the message says; the error reference of Prism lists every code.',
  },
  answer_invalid: {
    message: 'The answer of the server was no usable SDP.',
    remedy: 'Check that the address belongs to Prism and that no proxy rewrites its answers.',
  },
  setup_failed: {
    message: 'The browser could not set up the call.',
    remedy: 'Reload the page and try again; the console of the browser has the details.',
  },
  ice_failed: {
    message: 'No network path for the media was found, or it was lost for good.',
    remedy: 'Check that the media port of the server is open to this network, for UDP.',
  },
  socket_failed: {
    message: 'The media WebSocket could not be opened.',
    remedy:
      'Check that the server is reachable, and that proxies on the way let WebSockets through.',
  },
  connection_lost: {
    message: 'The connection was lost and could not be made again in time.',
    remedy: 'Check the network, then start a new call.',
  },
  call_gone: {
    message: 'The call ended while this side was away.',
    remedy: 'Start a new call.',
  },
  server_draining: {
    message: 'The server is going down; calls go on at another.',
    remedy: 'Start a new call.',
  },
  connect_timeout: {
    message: 'The call was not established in time.',
    remedy: 'Check that the media port is reachable and that the upstream answers, then try again.',
  },
  connection_closed: {
    message: 'The server closed the call.',
    remedy: 'Start a new call; the log of the server names the reason.',
  },
  connect_aborted: {
    message: 'The call was cancelled before it was established.',
    remedy: 'Start a new call when you are ready.',
  },
  not_connected: {
    message: 'There is no open call to send on.',
    remedy: 'Wait until the call is live, or start one.',
  },
  message_too_large: {
    message: 'The event is larger than the data channel accepts.',
    remedy: 'Send less at once; large images go through the HTTP or WebSocket side.',
  },
  send_queue_full: {
    message: 'Events are sent faster than the network takes them.',
    remedy: 'Wait a moment and send again.',
  },
  audio_blocked: {
    message: 'The browser did not start playback of the answer.',
    remedy: 'Start the call from a click or a key press, and allow sound for this site.',
  },
  audio_unsupported: {
    message: 'This browser has no AudioWorklet, which a call over a WebSocket needs.',
    remedy: 'Use a current Chrome, Edge, Firefox or Safari, in a secure page.',
  },
  realtime_error: {
    message: 'The server reported an error in the conversation.',
    remedy: 'The call goes on if it can; the error reference of Prism explains the code.',
  },
};

/** Says what an error code means and what to do about it. */
export function explainError(code: ClientErrorCode): ErrorExplanation {
  return EXPLANATIONS[code];
}

function isErrorCode(code: string): code is ClientErrorCode {
  return code in EXPLANATIONS;
}

/** Every error code of the SDK. */
export function clientErrorCodes(): readonly ClientErrorCode[] {
  return Object.keys(EXPLANATIONS).filter(isErrorCode);
}

/** What is known about one failure beyond its code. */
export interface ClientErrorDetails {
  /** The words of the server or the browser; the explanation of the code is used without them. */
  readonly message?: string | undefined;
  /** `error.code` of the HTTP body or of the `error` event. */
  readonly serverCode?: string | undefined;
  /** Status of the HTTP answer that refused the call. */
  readonly httpStatus?: number | undefined;
  readonly cause?: unknown;
}

/** The one error type of the SDK: a code to act on, a message to show, and a remedy. */
export class PrismClientError extends Error {
  override readonly name = 'PrismClientError';
  readonly code: ClientErrorCode;
  readonly remedy: string;
  readonly serverCode: string | undefined;
  readonly httpStatus: number | undefined;

  constructor(code: ClientErrorCode, details: ClientErrorDetails = {}) {
    const explanation = explainError(code);
    const cause = details.cause === undefined ? {} : { cause: details.cause };
    super(details.message ?? explanation.message, cause);
    this.code = code;
    this.remedy = explanation.remedy;
    this.serverCode = details.serverCode;
    this.httpStatus = details.httpStatus;
  }
}
