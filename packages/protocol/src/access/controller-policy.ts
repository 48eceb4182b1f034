/**
 * How much a controller may do, by name.
 *
 * - `open`: everything the wire has, as if the client spoke to OpenAI. For server keys.
 * - `browser`: the events of the wire, without those that Prism doesn't know; what the server owns can neither be set
 *   nor read. For client secrets.
 * - `locked`: audio, and the events that a policy names; nothing else in either direction.
 */
export const POLICY_PRESETS = ['open', 'browser', 'locked'] as const;

export type PolicyPreset = (typeof POLICY_PRESETS)[number];

/** Event types by name; `all` of what the preset has; an empty list is none (as in the Live API's `allowed_*_events`). */
export type AllowedEvents = 'all' | readonly string[];

/** What one controller may send to its session, and what it is told of it. */
export interface ControllerPolicy {
  readonly preset: PolicyPreset;
  /** Narrows what the preset lets up; `undefined`: the preset's own. */
  readonly allowedClientEvents: AllowedEvents | undefined;
  /** Narrows what the preset lets down; `undefined`: the preset's own. */
  readonly allowedServerEvents: AllowedEvents | undefined;
  /**
   * Members of the session object that are the server's, as paths like `instructions` or `audio.output.voice`. A path
   * owns everything below it. Not used by `open`.
   */
  readonly ownedFields: readonly string[];
  /**
   * Functions that the controller answers for: it sees their calls, and no others. All of them if undefined, as where
   * nobody else carries out tools. Not used by `open`.
   */
  readonly clientTools?: readonly string[] | undefined;
  /**
   * How much of what the user sees the controller may tell the model (`prism.context.update`), in bytes. Undefined: none
   * where the server owns how the model behaves, and elsewhere as much as the wire takes.
   */
  readonly contextBytesMax?: number | undefined;
}

/** Everything may be sent and seen. */
export const OPEN_POLICY: ControllerPolicy = Object.freeze({
  preset: 'open',
  allowedClientEvents: undefined,
  allowedServerEvents: undefined,
  ownedFields: [],
});
