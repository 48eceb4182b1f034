import type { Clock } from '../door/clock.ts';
import type { OpenSessionRequest, RealtimeDoorOptions } from '../door/realtime-door.ts';
import type { WireSocket } from '../door/wire-socket.ts';
import type { Redaction } from './tape.ts';
import { TapeRecorder } from './tape-recorder.ts';

type OpenSession = RealtimeDoorOptions['openSession'];

/** Where a session's tape goes. */
export interface TapeSink {
  write(line: string): void;
  end(): void;
}

export interface RecordingOptions {
  readonly redaction: Redaction;
  readonly clock: Clock;
  /** Opens a session's tape; `openedAtMs` is wall time. */
  readonly openTape: (openedAtMs: number) => TapeSink;
}

/** A session opener that also writes each session's tape: both directions, as they cross the socket. */
export function recordSessions(openSession: OpenSession, options: RecordingOptions): OpenSession {
  return (request) => {
    const { clock } = options;
    const sink = options.openTape(clock.wallMs());
    const recorder = new TapeRecorder({
      sessionType: request.type,
      model: request.model,
      redaction: options.redaction,
      write: (line) => sink.write(line),
      openedAtMs: clock.nowMs(),
    });
    const runner = openSession({ ...request, socket: tapedSocket(request, recorder, clock) });
    return {
      take: (input) => {
        if (input.type === 'client_message') recorder.said('client', input.text, clock.nowMs());
        runner.take(input);
      },
      end: () => {
        recorder.closed('client', { code: 1005, reason: '' }, clock.nowMs());
        sink.end();
        runner.end();
      },
    };
  };
}

function tapedSocket(
  request: OpenSessionRequest,
  recorder: TapeRecorder,
  clock: Clock,
): WireSocket {
  const { socket } = request;
  return {
    get unreadBytes() {
      return socket.unreadBytes;
    },
    send: (text) => {
      recorder.said('server', text, clock.nowMs());
      socket.send(text);
    },
    sendBinary: (bytes) => socket.sendBinary(bytes),
    close: (code, reason) => {
      recorder.closed('server', { code, reason }, clock.nowMs());
      socket.close(code, reason);
    },
    terminate: () => socket.terminate(),
    stall: () => socket.stall(),
  };
}
