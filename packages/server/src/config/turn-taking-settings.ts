import { TURN_TAKING_DEFAULTS, type TurnTakingPolicy } from '@prism/core';
import { z } from 'zod';
import { define, flagSchema } from './define-setting.ts';

/** The settings of what Prism does about who speaks; their defaults are core's. */
export const TURN_TAKING_SETTINGS = {
  takesTurns: define({
    key: 'turnTaking.enabled',
    schema: flagSchema,
    defaultValue: TURN_TAKING_DEFAULTS.isEnabled,
    doc: 'Whether Prism listens for speech and echo by itself over WebRTC; false turns all of turnTaking off and leaves everything to the upstream.',
    env: 'PRISM_TURN_TAKING',
  }),
  ducks: define({
    key: 'turnTaking.duck',
    schema: flagSchema,
    defaultValue: TURN_TAKING_DEFAULTS.ducks,
    doc: 'Whether somebody who speaks over an answer makes it quieter, until the upstream has decided.',
    env: 'PRISM_DUCK',
  }),
  duckGuardMs: define({
    key: 'turnTaking.guardMs',
    schema: z.coerce.number().int().min(0).max(5_000),
    defaultValue: TURN_TAKING_DEFAULTS.guardMs,
    unit: 'ms',
    doc: 'For so long after an answer begins, speech does not make it quieter.',
    env: 'PRISM_DUCK_GUARD_MS',
  }),
  ownConfirmMs: define({
    key: 'turnTaking.confirmMs',
    schema: z.coerce.number().int().min(0).max(5_000),
    defaultValue: TURN_TAKING_DEFAULTS.ownConfirmMs ?? 0,
    unit: 'ms',
    doc: "Speech of this length stops an answer without the upstream's word; 0 leaves that to the upstream.",
    env: 'PRISM_TURN_CONFIRM_MS',
  }),
  minSpeechMs: define({
    key: 'turnTaking.minSpeechMs',
    schema: z.coerce.number().int().min(20).max(180),
    defaultValue: TURN_TAKING_DEFAULTS.minSpeechMs,
    unit: 'ms',
    doc: 'So much of a voice makes an answer quieter; more is later and surer.',
    env: 'PRISM_MIN_SPEECH_MS',
  }),
  backchannelMs: define({
    key: 'turnTaking.backchannelMs',
    schema: z.coerce.number().int().min(0).max(1_000),
    defaultValue: TURN_TAKING_DEFAULTS.backchannelMs,
    unit: 'ms',
    doc: 'Sounds shorter than this over an answer ("mhm", a cough) are kept from the upstream, so that they do not interrupt; what is longer interrupts later by this time. 0 lets it hear everything.',
    env: 'PRISM_BACKCHANNEL_MS',
  }),
  echoMode: define<TurnTakingPolicy['echo']>({
    key: 'turnTaking.echo',
    schema: z.enum(['off', 'report', 'suppress', 'half_duplex']),
    defaultValue: TURN_TAKING_DEFAULTS.echo,
    doc: "What is done about an answer that comes back through the listener's microphone: nothing (off), told and taken for no speech here (report), silenced for the upstream as well (suppress), or all that comes in while an answer plays is silenced (half_duplex).",
    env: 'PRISM_ECHO',
  }),
} as const;
