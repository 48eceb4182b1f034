/** Who mutes and holds: the call's client, or a policy, which speaks on a sideband. Neither undoes what the other did. */
export const TURN_CONTROLLERS = ['client', 'policy'] as const;
export type TurnController = (typeof TURN_CONTROLLERS)[number];
