import type { Check } from './check.ts';
import { corsCheck, secureUrlCheck } from './checks/browsers.ts';
import { callCheck } from './checks/calls.ts';
import { clockCheck } from './checks/clock.ts';
import { noRelayCheck, relayChecks } from './checks/relays.ts';
import {
  healthCheck,
  readinessCheck,
  type ServerPlace,
  versionCheck,
  websocketCheck,
} from './checks/server.ts';
import type { RelayQuestion } from './environment.ts';

export interface ServerPlan extends ServerPlace {
  /** Origin of a page that wants to call; undefined if none was named. */
  readonly origin: string | undefined;
  /** The relays that the server tells its clients; undefined if it didn't say. */
  readonly relays: readonly RelayQuestion[] | undefined;
}

/** Does the server at this URL work, as seen from here? */
export function serverChecks(plan: ServerPlan): readonly Check[] {
  const { url, origin, relays } = plan;
  return [
    healthCheck(plan),
    readinessCheck(plan),
    versionCheck(plan),
    clockCheck(url.href),
    secureUrlCheck(url),
    corsCheck(url, origin),
    websocketCheck(plan),
    callCheck(plan, 'udp'),
    callCheck(plan, 'tcp'),
    ...(relays === undefined
      ? [noRelayCheck('the server told of no relays')]
      : relayChecks(relays)),
  ];
}
