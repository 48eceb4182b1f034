/** Everything that can go wrong in the browser SDK, one stable word each. */
export type ClientErrorCode =
  | 'insecure_context'
  | 'microphone_unsupported'
  | 'microphone_denied'
  | 'microphone_dismissed'
  | 'microphone_revoked'
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
  | 'audio_suspended'
  | 'audio_unsupported'
  | 'output_unsupported'
  | 'output_missing'
  | 'output_failed'
  | 'realtime_error';

/** What a person should know about an error code: what happened, and what to do about it. */
export interface ErrorExplanation {
  readonly message: string;
  readonly remedy: string;
}

const EXPLANATIONS: Readonly<Record<ClientErrorCode, readonly [message: string, remedy: string]>> =
  {
    insecure_context: [
      'Only secure pages get the microphone.',
      'Open the page over https, or on localhost.',
    ],
    microphone_unsupported: ['This browser offers no microphone.', 'Use a current browser.'],
    microphone_denied: [
      'Microphone access was refused.',
      'Allow the microphone for this site, and in the system settings.',
    ],
    microphone_dismissed: [
      'Microphone access was not answered.',
      'Allow the microphone, then start a new call.',
    ],
    microphone_revoked: [
      'Microphone access was taken back.',
      'Allow the microphone, then choose one.',
    ],
    microphone_missing: ['No microphone was found.', 'Plug in or enable a microphone.'],
    microphone_busy: [
      'Another program may hold the microphone.',
      'Close it, or choose another one.',
    ],
    microphone_failed: [
      'The microphone could not be opened.',
      'Try again, or restart the browser.',
    ],
    microphone_ended: ['The microphone is gone.', 'Plug in a microphone: the call takes it.'],
    token_failed: [
      'The page got no token for the call.',
      'Check getToken, and the server that it asks.',
    ],
    server_unreachable: [
      'The server could not be reached.',
      'Check its address, and that it allows this origin.',
    ],
    server_refused: ['The server refused the call.', "Prism's error reference lists every code."],
    answer_invalid: [
      'The server answered with no SDP.',
      'Check its address, and that no proxy changes the answer.',
    ],
    setup_failed: [
      'The browser could not set up the call.',
      'Try again; the console has the details.',
    ],
    ice_failed: [
      'No network path for the media was found, or it was lost.',
      'Check that the media port is open to this network.',
    ],
    socket_failed: [
      'The media WebSocket could not be opened.',
      'Check that proxies let WebSockets through.',
    ],
    connection_lost: ['The connection was lost.', 'Check the network, then start a new call.'],
    call_gone: ['The call ended while this side was away.', 'Start a new call.'],
    server_draining: ['The server is going down.', 'Start a new call.'],
    connect_timeout: [
      'The call was not live in time.',
      'Check that the media port is open to this network, and the upstream.',
    ],
    connection_closed: [
      'The server closed the call.',
      "Start a new call; the server's log has the reason.",
    ],
    connect_aborted: ['The call was cancelled before it was live.', 'Start a new call.'],
    not_connected: [
      'There is no open call to send on.',
      'Wait until the call is live, or start a new call.',
    ],
    message_too_large: ['The event is too large.', 'Send less at once.'],
    send_queue_full: ['Events are sent faster than they leave.', 'Wait, then send again.'],
    audio_blocked: [
      'The browser did not play the answer.',
      'Call startAudio() from a click or a key press.',
    ],
    audio_suspended: [
      'The sound of this page was suspended.',
      'Call startAudio() from a click or a key press.',
    ],
    audio_unsupported: [
      'This browser has no AudioWorklet.',
      'Use a current browser, and a secure page.',
    ],
    output_unsupported: [
      'This browser lets no page choose the output device.',
      'Choose it in the system settings.',
    ],
    output_missing: ['The output device is not there.', 'Choose another one.'],
    output_failed: ['The output device could not be opened.', 'Choose another one.'],
    realtime_error: [
      'The server reported an error in the conversation.',
      "Do as the message says; Prism's error reference lists every code.",
    ],
  };

/** Says what an error code means and what to do about it. */
export function explainError(code: ClientErrorCode): ErrorExplanation {
  const [message, remedy] = EXPLANATIONS[code];
  return { message, remedy };
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

/** What failed as an error of the SDK: itself if it is one, else `setup_failed` with it as the cause. */
export function asClientError(failure: unknown): PrismClientError {
  return failure instanceof PrismClientError
    ? failure
    : new PrismClientError('setup_failed', { cause: failure });
}

/** Does something and hands a `PrismClientError` that it throws to `onError`; anything else is thrown on. */
export function attempt(act: () => void, onError: (error: PrismClientError) => void): void {
  try {
    act();
  } catch (failure) {
    if (!(failure instanceof PrismClientError)) throw failure;
    onError(failure);
  }
}
