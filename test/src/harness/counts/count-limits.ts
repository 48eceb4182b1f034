/** What is counted of a running Prism, and how much of it is too much. */
export interface CountLimit {
  readonly rule: `GTE${number}`;
  readonly what: string;
  readonly max: number;
  /** Why not more. */
  readonly why: string;
}

/**
 * The limits of the counts, each a little above what is measured: a number that grows is a decision, to be made here
 * with its reason, not an accident.
 */
export const COUNT_LIMITS = {
  heapBytesIn: {
    rule: 'GTE1',
    what: 'heap bytes per packet in, from RTP to the append',
    max: 115,
    why: 'garbage is the tail of the tick; the effect that appends is 40 of it, and 256 with SRTP is the goal. The packets come in the same place of memory each time: elsewhere each has a view on its payload, of 95',
  },
  heapBytesOut: {
    rule: 'GTE1',
    what: 'heap bytes per packet out, from the queue to RTP',
    max: 60,
    why: 'as above; the packet itself and the bytes kept for a repeat are not heap; numbers that the timeline keeps are 16 of it',
  },
  srtpHeapBytesIn: {
    rule: 'GTE1',
    what: 'heap bytes per packet in for SRTP',
    max: 150,
    why: 'two hashes of OpenSSL are 128 of it, two strings each, and keystream for 25 packets at once 8; 256 is the goal for all of the way',
  },
  srtpHeapBytesOut: {
    rule: 'GTE1',
    what: 'heap bytes per packet out for SRTP',
    max: 150,
    why: 'as above',
  },
  heapBytesRelayedUp: {
    rule: 'GTE2',
    what: 'heap bytes per append relayed up',
    max: 120,
    why: 'an input, an effect and a second of usage in fifty; the bytes are handed on as they are',
  },
  heapBytesRelayedDown: {
    rule: 'GTE2',
    what: 'heap bytes per audio delta relayed down',
    max: 220,
    why: 'as above; an effect and two iterators for those whom it is told',
  },
  decoderCalls: {
    rule: 'GTE3',
    what: 'decoder calls per packet in',
    max: 1,
    why: 'each crosses into libopus',
  },
  encoderCalls: {
    rule: 'GTE3',
    what: 'encoder calls per packet out',
    max: 1,
    why: 'each crosses into libopus',
  },
  stackCalls: {
    rule: 'GTE3',
    what: 'packets sent per frame, RTCP included',
    max: 1.02,
    why: 'each is encrypted and a system call; a report comes every few seconds',
  },
  timersPerCall: {
    rule: 'GTE4',
    what: 'timers per talking call',
    max: 0,
    why: 'one tick serves all; a timer per call wakes the loop for each',
  },
  appendsPerPacket: {
    rule: 'GTE5',
    what: 'messages to the upstream per packet in',
    max: 1,
    why: 'each is a system call, and at 20 ms a packet is an append',
  },
  turnMessagesUp: {
    rule: 'GTE6',
    what: 'messages of a turn to the upstream that nobody sent, besides audio',
    max: 0,
    why: 'what the model does is told by nobody but the client',
  },
  turnMessagesDown: {
    rule: 'GTE6',
    what: 'messages of a turn to the client that the upstream did not send',
    max: 2,
    why: 'the answer is audible, and no longer',
  },
  framesAfterTrigger: {
    rule: 'GTE7',
    what: 'frames that leave after an interruption',
    max: 0,
    why: 'what the user hears after he interrupts is the one thing that he notices',
  },
  socketWrites: {
    rule: 'GTE8',
    what: 'socket writes per relayed message',
    max: 1,
    why: 'half of relaying is the system calls that write',
  },
  ledgerWrites: {
    rule: 'GTE9',
    what: 'writes of the ledger per second of twenty talking sessions',
    max: 1,
    why: 'each wakes two threads; audio and time of all sessions are written together',
  },
  ledgerRows: {
    rule: 'GTE9',
    what: 'rows of it per session and second',
    max: 1,
    why: 'one for audio and time, however often they are counted',
  },
  handlesLeft: {
    rule: 'GTE10',
    what: 'sockets, timers and other handles left of closed calls',
    max: 0,
    why: 'what is left of each call is what a process dies of after a week',
  },
  datagramsPerPacket: {
    rule: 'GTE11',
    what: 'datagrams sent per media packet, as many in as out',
    max: 0.55,
    why: 'a system call each: a packet out is one, a packet in none',
  },
  consoleBytes: {
    rule: 'GTE12',
    what: 'bytes of the playground, gzipped',
    max: 150_000,
    why: 'it is opened over the network that it is to test',
  },
} as const satisfies Readonly<Record<string, CountLimit>>;

export type CountName = keyof typeof COUNT_LIMITS;

/** What was measured, by name. */
export type Counts = Partial<Record<CountName, number>>;

/** One line per count: rule, measured, limit, what it is. */
export function countTable(counts: Counts): readonly string[] {
  const number = (value: number): string =>
    (Number.isInteger(value) ? String(value) : value.toFixed(2)).padStart(9);
  return Object.entries(COUNT_LIMITS).map(([name, { rule, what, max }]) => {
    const measured = new Map(Object.entries(counts)).get(name);
    const shown = measured === undefined ? '-'.padStart(9) : number(measured);
    return `${rule.padEnd(6)}${shown} of ${number(max)}  ${what}`;
  });
}
