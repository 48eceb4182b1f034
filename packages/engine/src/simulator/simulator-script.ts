import { parse } from 'yaml';
import { z } from 'zod';
import { schemaError } from '../wire/schema-error.ts';
import { distributionSchema } from './distribution.ts';
import { faultSchema } from './fault-schema.ts';

/** The longest script in text. */
const SCRIPT_CHARS_MAX = 65_536;

const callSchema = z.strictObject({
  name: z.string().min(1).max(64),
  /** An object, or text that is sent as it stands. */
  arguments: z
    .union([z.string(), z.record(z.string(), z.json()).transform((value) => JSON.stringify(value))])
    .default('{}'),
});

/** Fields of an answer that are not set are taken from `timing`. */
const timingFields = {
  first_audio_ms: distributionSchema,
  audio_ms: distributionSchema,
  leading_silence_ms: distributionSchema,
  delta_ms: distributionSchema,
  pace_ratio: z.union([z.number().min(0.01).max(1_000), z.literal('unpaced')]),
  burst_deltas: z.int().min(1).max(1_000),
};

const answerSchema = z.strictObject({
  text: z.string().max(10_000).default('This is answer {n} of the simulator.'),
  calls: z.array(callSchema).max(16).default([]),
  /** The voice fails after this much audio. */
  fails_after_ms: z.int().min(0).optional(),
  ...z.object(timingFields).partial().shape,
});

const timingSchema = z.strictObject({
  first_audio_ms: timingFields.first_audio_ms.prefault(300),
  audio_ms: timingFields.audio_ms.prefault(2_000),
  leading_silence_ms: timingFields.leading_silence_ms.prefault(0),
  delta_ms: timingFields.delta_ms.prefault(200),
  pace_ratio: timingFields.pace_ratio.default('unpaced'),
  burst_deltas: timingFields.burst_deltas.default(1),
  transcription_ms: distributionSchema.prefault(150),
});

const hearingSchema = z.strictObject({
  transcripts: z.array(z.string().max(1_000)).min(1).max(1_000).default(['hello simulator']),
  /** Says what time code the user's audio carried, where it carried one. */
  reads_time_code: z.boolean().default(false),
  threshold_dbfs: z.number().min(-90).max(0).default(-45),
  fails: z.boolean().default(false),
});

/** A simulator's script. `docs/guides/simulator.md` explains each field. */
export const simulatorScriptSchema = z.strictObject({
  seed: z.int().min(0).max(0xffff_ffff).default(1),
  session_ms: z.number().min(1).max(3_600_000).default(3_600_000),
  timing: timingSchema.prefault({}),
  answers: z.array(answerSchema).min(1).max(1_000).prefault([{}]),
  hearing: hearingSchema.prefault({}),
  faults: z.array(faultSchema).max(100).default([]),
});

/** A script as its reader takes it: everything may be left out. */
export type SimulatorScriptInput = z.input<typeof simulatorScriptSchema>;
/** A script with all defaults. */
export type SimulatorScript = z.output<typeof simulatorScriptSchema>;
export type ScriptedAnswer = SimulatorScript['answers'][number];

/** A script, or what the first mistake in it is. */
export type SimulatorScriptResult =
  | { readonly ok: true; readonly script: SimulatorScript }
  | { readonly ok: false; readonly problem: string };

/** Reads a script from YAML or JSON text, or from an object. */
export function readSimulatorScript(source: unknown): SimulatorScriptResult {
  let root = source;
  if (typeof source === 'string') {
    if (source.length > SCRIPT_CHARS_MAX) {
      return { ok: false, problem: `A script may have ${SCRIPT_CHARS_MAX} characters.` };
    }
    try {
      root = parse(source) ?? {};
    } catch (error) {
      return { ok: false, problem: error instanceof Error ? error.message : String(error) };
    }
  }
  const read = simulatorScriptSchema.safeParse(root);
  return read.success
    ? { ok: true, script: read.data }
    : { ok: false, problem: schemaError(root, read.error).message };
}
