import type { ControllerPolicy } from '../access/controller-policy.ts';
import type { SessionLimits } from '../access/session-limits.ts';
import type { SessionConfig } from '../realtime/session-config.ts';
import type { ToolDefinition } from './tool-definition.ts';

/** A value that a back end fills into an agent's instructions. */
export interface AgentVariable {
  /** What is filled in where none is given; `undefined`: one must be given. */
  readonly defaultValue: string | undefined;
  readonly charsMax: number;
}

/** A behaviour defined once, at the server, and used by name. */
export interface Agent {
  readonly name: string;
  /** One sentence for people who choose between agents; it may be shown to anybody who may open sessions. */
  readonly description?: string | undefined;
  /** What its sessions start from; `{{name}}` in the instructions stands for a variable. Its members are the server's. */
  readonly session: SessionConfig;
  readonly variables: Readonly<Record<string, AgentVariable>>;
  readonly tools: readonly ToolDefinition[];
  /** For clients that come with a client secret for this agent. */
  readonly policy: Omit<ControllerPolicy, 'ownedFields'>;
  readonly limits: SessionLimits;
}
