import {
  type Check,
  type Finding,
  fail,
  milliseconds,
  ok,
  rounded,
  skipped,
  warn,
} from '../check.ts';
import type { CallAnswer, CallRefusal } from '../environment.ts';
import type { ServerPlace } from './server.ts';

/** A call may wait for its upstream, and is then on for two seconds. */
const LIMIT_MS = 20_000;
/** Sound that may be lost without a word. */
const LOST_RATIO_MAX = 0.02;

/** A real call over UDP or, with TCP candidates alone, over TCP: half a second of silence, reported on by the server. */
export function callCheck({ url, key }: ServerPlace, transport: 'udp' | 'tcp'): Check {
  return {
    id: `call-${transport}`,
    name: `Call over ${transport.toUpperCase()}`,
    needs: ['health', 'version'],
    limitMs: LIMIT_MS,
    run: async ({ call }, signal) => {
      const answer = await call({ url: url.href, key, transport }, signal);
      if ('status' in answer) return refused(answer);
      if (answer.candidates.length === 0) return withoutCandidates(transport);
      return judge(answer, transport);
    },
  };
}

function refused({ status, message }: CallRefusal): Finding {
  if (status === 0)
    return fail(
      `the offer got no answer (${message})`,
      'Let the proxy in front pass POST /v1/realtime/calls.',
    );
  const seen = `HTTP ${status}: ${message}`;
  if (status === 429 || status === 503)
    return fail(
      seen,
      'The server is full or stopping: try again later, or raise PRISM_MAX_SESSIONS.',
    );
  return fail(
    seen,
    'Read what it says: the offer is an ordinary one, so key, limits or a proxy are the reason.',
  );
}

function withoutCandidates(transport: 'udp' | 'tcp'): Finding {
  if (transport === 'tcp')
    return skipped('the answer has no TCP candidates: PRISM_MEDIA_TCP is off there');
  return fail(
    'the answer has no UDP candidates',
    'Set PRISM_PUBLIC_IP on the server: it knows no address of its own to tell.',
  );
}

function judge(answer: CallAnswer, transport: 'udp' | 'tcp'): Finding {
  const figures = figuresOf(answer);
  const { connectedMs, channelMs, sessionMs, reportMs, packetsSent, packetsLost } = answer;
  if (connectedMs === undefined) {
    const seen = `no media path to ${answer.candidates.join(' or ')}`;
    const open = `Open the media port over ${transport.toUpperCase()} in the firewalls, and let PRISM_PUBLIC_IP be the address it is reached at.`;
    return fail(seen, open, figures);
  }
  if (channelMs === undefined)
    return fail(
      "media connects, but the data channel doesn't open",
      "Read the server's log on this call: the stack gave up on SCTP.",
      figures,
    );
  if (answer.errorMessage !== undefined) {
    return fail(
      `connected in ${milliseconds(connectedMs)}, but: ${answer.errorMessage}`,
      "The upstream is at fault: run prism doctor with the server's settings on its machine.",
      figures,
    );
  }
  if (reportMs === undefined)
    return fail(
      'connected, but the server reports no sound',
      'Something in between lets checks pass and drops media: look for a firewall that inspects UDP.',
      figures,
    );
  const session =
    sessionMs === undefined ? 'no session yet' : `session in ${milliseconds(sessionMs)}`;
  const seen = `connected in ${milliseconds(connectedMs)}, data channel in ${milliseconds(channelMs)}, ${session}, ${packetsSent - packetsLost} of ${packetsSent} packets arrived`;
  if (sessionMs === undefined)
    return warn(
      seen,
      'The upstream is slow to open a session: check its latency from the server.',
      figures,
    );
  if (packetsLost > packetsSent * LOST_RATIO_MAX)
    return warn(
      seen,
      "The network loses sound: compare with a call from another network, and look at the server's load.",
      figures,
    );
  return ok(seen, figures);
}

function figuresOf(answer: CallAnswer): Readonly<Record<string, number>> {
  const { answeredMs, connectedMs, channelMs, sessionMs, reportMs, packetsSent, packetsLost } =
    answer;
  const times = { answeredMs, connectedMs, channelMs, sessionMs, reportMs };
  const known = Object.entries(times).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, rounded(value)] as const],
  );
  return { ...Object.fromEntries(known), packetsSent, packetsLost };
}
