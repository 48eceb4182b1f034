import { z } from 'zod';

/**
 * A tape: one session's wire traffic, one JSON object a line.
 *
 * The first line is the header, each further line one message or the close of one side, with its time since the
 * session opened. Messages that are JSON objects are kept as such (`event`), all others as they came (`text`).
 */
export interface Tape {
  readonly header: TapeHeader;
  readonly entries: readonly TapeEntry[];
}

export type Redaction = 'none' | 'audio' | 'content';

const redactionSchema = z.enum(['none', 'audio', 'content']);

const headerSchema = z.strictObject({
  type: z.literal('prism.tape'),
  version: z.literal(1),
  session_type: z.enum(['realtime', 'transcription']),
  model: z.string(),
  /** What was taken out before anything was written. */
  redaction: redactionSchema,
});

const entrySchema = z.union([
  z.strictObject({
    at_ms: z.number().min(0),
    from: z.enum(['client', 'server']),
    event: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({
    at_ms: z.number().min(0),
    from: z.enum(['client', 'server']),
    text: z.string(),
  }),
  z.strictObject({
    at_ms: z.number().min(0),
    from: z.enum(['client', 'server']),
    close: z.strictObject({ code: z.int(), reason: z.string() }),
  }),
  /** The recorder's own limit was reached: what came later is not on the tape. */
  z.strictObject({ at_ms: z.number().min(0), cut: z.string() }),
]);

export type TapeHeader = z.infer<typeof headerSchema>;
export type TapeEntry = z.infer<typeof entrySchema>;

export type ReadTape =
  | { readonly ok: true; readonly tape: Tape }
  /** `line` is 1 for the first. */
  | { readonly ok: false; readonly line: number; readonly message: string };

/** Reads a tape; the first line that is none is named. Never throws. */
export function readTape(text: string): ReadTape {
  const lines = text.split('\n').filter((line) => line !== '');
  const header = headerSchema.safeParse(parseJson(lines[0] ?? ''));
  if (!header.success) {
    return { ok: false, line: 1, message: `not the header of a tape: ${firstIssue(header.error)}` };
  }
  const entries: TapeEntry[] = [];
  let lastAtMs = 0;
  for (const [index, line] of lines.slice(1).entries()) {
    const entry = entrySchema.safeParse(parseJson(line));
    if (!entry.success) return { ok: false, line: index + 2, message: firstIssue(entry.error) };
    if (entry.data.at_ms < lastAtMs) {
      return { ok: false, line: index + 2, message: 'the time goes back' };
    }
    lastAtMs = entry.data.at_ms;
    entries.push(entry.data);
  }
  return { ok: true, tape: { header: header.data, entries } };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined
    ? 'invalid'
    : `${issue.path.join('.') || 'the line'}: ${issue.message}`;
}
