/** How long a connection waits for what. */
export interface ConnectionTimes {
  /**
   * How long WebRTC has, from the server's answer, before the WebSocket is tried beside it: so much, and as many times
   * what the answer took, which was a round trip or two, but no more than the last.
   */
  readonly raceMs: { readonly base: number; readonly perAnswer: number; readonly max: number };
  readonly pingIntervalMs: number;
  /** Silence of the server after which the way is lost, with pings unanswered. */
  readonly silenceMs: number;
  /** How long a ping is unanswered at least when the way is lost. */
  readonly unansweredMs: number;
  /** A wake-up that comes later says that the page slept, as pages in the background do, and nothing of the server. */
  readonly lateMs: number;
  /** Waits between tries to come back, the last again and again. */
  readonly retryDelaysMs: readonly number[];
  /**
   * Waits between tries to reach the server that comes after one that went, the last again and again: short for as long
   * as a restart mostly takes. Chromium holds sockets up that follow many failed ones, from some sixteen on for seconds.
   */
  readonly movedRetryDelaysMs: readonly number[];
  /** How long coming back is tried: the server's grace for a lost client. */
  readonly graceMs: number;
  /** Waits between tries of WebRTC while on the WebSocket, the last again and again. */
  readonly upgradeDelaysMs: readonly number[];
  /** How long such a try may take. */
  readonly upgradeTimeoutMs: number;
}

/** As browsers, networks and Prism's own grace have it. */
export const CONNECTION_TIMES: ConnectionTimes = {
  raceMs: { base: 400, perAnswer: 3, max: 2_000 },
  pingIntervalMs: 700,
  silenceMs: 1_500,
  unansweredMs: 1_400,
  lateMs: 1_100,
  retryDelaysMs: [0, 300, 700, 1_500, 3_000],
  movedRetryDelaysMs: [0, 250, 250, 250, 250, 250, 250, 250, 250, 500, 500, 1_000],
  graceMs: 30_000,
  upgradeDelaysMs: [5_000, 15_000, 30_000, 60_000],
  upgradeTimeoutMs: 10_000,
};
