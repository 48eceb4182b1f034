import type {
  ControllerPolicy,
  PrismErrorInfo,
  SessionConfig,
  SessionLimits,
} from '@prism/protocol';

/** An agent for one session, or why there is none. */
export type AgentResolution =
  | {
      readonly isFound: true;
      /** What the session starts from, variables filled in. */
      readonly session: SessionConfig;
      /** For clients that come with a client secret for it; what it owns follows from `session`. */
      readonly policy: Omit<ControllerPolicy, 'ownedFields'>;
      readonly limits: SessionLimits;
    }
  /** `agent_not_found`, or variables that it doesn't take; `param` is `agent` or `variables.<name>`. */
  | { readonly isFound: false; readonly error: PrismErrorInfo };

/** The agents that are defined here. Answers at once: it is asked at the door, for each session. */
export interface AgentDirectory {
  resolve(name: string, variables: Readonly<Record<string, string>>): AgentResolution;
}

/** A server without agents. */
export const NO_AGENTS: AgentDirectory = {
  resolve: (name) => ({
    isFound: false,
    error: {
      code: 'agent_not_found',
      message: `There is no agent '${name.slice(0, 64)}'.`,
      param: 'agent',
    },
  }),
};
