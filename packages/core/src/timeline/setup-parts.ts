/** The steps of setting up a session, in the order in which a call over WebRTC usually takes them. */
export const SETUP_STEPS = [
  /** The request has come. */
  'requested',
  /** Its key or client secret is good. */
  'authorized',
  'upstream.dialed',
  'answer.sent',
  /** The client's first ICE check has come. */
  'ice.connected',
  /** DTLS is done: media flows. */
  'media.connected',
  'channel.opened',
  'audio.received',
  /** The upstream has taken the connection. */
  'upstream.opened',
  'session.created',
  /** Upstream and media are there, the session is configured. */
  'ready',
  /** The first packet of the first answer. */
  'audio.sent',
] as const;

export type SetupStep = (typeof SETUP_STEPS)[number];

/** A stretch of the set-up; stretches run side by side, so that they don't add up. */
export const SETUP_PARTS = [
  'authorization',
  'answer',
  'ice',
  'dtls',
  'channel',
  'upstream_connect',
  'session',
  'ready',
] as const;

export type SetupPart = (typeof SETUP_PARTS)[number];

/** The steps between which each part lies. */
export const SETUP_PART_STEPS: Readonly<
  Record<SetupPart, { readonly from: SetupStep; readonly to: SetupStep }>
> = {
  authorization: { from: 'requested', to: 'authorized' },
  answer: { from: 'authorized', to: 'answer.sent' },
  ice: { from: 'answer.sent', to: 'ice.connected' },
  dtls: { from: 'ice.connected', to: 'media.connected' },
  channel: { from: 'media.connected', to: 'channel.opened' },
  upstream_connect: { from: 'upstream.dialed', to: 'upstream.opened' },
  session: { from: 'upstream.opened', to: 'session.created' },
  ready: { from: 'requested', to: 'ready' },
};

/** When steps were done, in ms on the session's clock; those that weren't are absent. */
export type SetupTimes = Readonly<Partial<Record<SetupStep, number>>>;

/** How long the parts of a set-up took, in ms; a part of which a step is missing is absent. None is below zero. */
export function measureSetup(times: SetupTimes): Readonly<Partial<Record<SetupPart, number>>> {
  const measured: Partial<Record<SetupPart, number>> = {};
  for (const part of SETUP_PARTS) {
    const { from, to } = SETUP_PART_STEPS[part];
    const fromMs = times[from];
    const toMs = times[to];
    if (fromMs !== undefined && toMs !== undefined) measured[part] = Math.max(0, toMs - fromMs);
  }
  return measured;
}
