import type { MintedIceServers } from '../../auth/turn-credentials.ts';
import type { Settings } from '../../config/settings.ts';
import type { Check } from './check.ts';
import { addressesCheck, publicIpCheck } from './checks/addresses.ts';
import { originsCheck, secureStartCheck, serverKeysCheck } from './checks/browsers.ts';
import { clockCheck } from './checks/clock.ts';
import { descriptorsCheck, nodeCheck } from './checks/machine.ts';
import { httpPortCheck, mediaTcpCheck, mediaUdpCheck } from './checks/ports.ts';
import {
  noRelayCheck,
  outsideAddressCheck,
  relayChecks,
  relayQuestions,
  relaySecretCheck,
} from './checks/relays.ts';
import { type SettingsRead, settingsCheck } from './checks/settings.ts';
import { tlsCheck } from './checks/tls.ts';
import {
  type ChosenUpstream,
  engineCheck,
  upstreamCheck,
  upstreamServerChecks,
} from './checks/upstream.ts';

/** What main makes of the settings, as it would for a start. */
export interface StartPlan {
  readonly read: SettingsRead;
  /** Undefined without settings. */
  readonly chosen: ChosenUpstream | undefined;
  /** Minted for this run; undefined if there is no secret to mint with. */
  readonly minted: MintedIceServers | undefined;
}

/** Can a server start here? */
export function startChecks({ read, chosen, minted }: StartPlan): readonly Check[] {
  const before = [nodeCheck(), settingsCheck(read)];
  if (!read.isRead || chosen === undefined) return [...before, clockCheck(undefined)];
  const { settings } = read.loaded;
  return [
    ...before,
    descriptorsCheck(settings.sessionCountMax),
    clockCheck(referenceOf(chosen)),
    httpPortCheck(settings),
    mediaUdpCheck(settings),
    mediaTcpCheck(settings),
    addressesCheck(settings),
    publicIpCheck(settings),
    tlsCheck(settings),
    secureStartCheck(settings),
    originsCheck(settings),
    serverKeysCheck(settings),
    ...relaysOf(settings, minted),
    upstreamCheck(chosen),
    ...upstreamOf(settings, chosen),
  ];
}

function relaysOf(settings: Settings, minted: MintedIceServers | undefined): readonly Check[] {
  if (minted === undefined) return [relaySecretCheck()];
  const questions = relayQuestions(minted.iceServers);
  if (questions.length === 0)
    return [
      noRelayCheck(
        "no turn.urls: a client that reaches the media port over neither UDP nor TCP can't call",
      ),
    ];
  return [...relayChecks(questions), outsideAddressCheck(settings, questions)];
}

function upstreamOf(settings: Settings, chosen: ChosenUpstream): readonly Check[] {
  if (!chosen.isChosen) return [];
  const { choice } = chosen;
  const { server } = choice;
  return server === undefined
    ? [engineCheck(settings.engineScenarioPath)]
    : upstreamServerChecks(choice, server);
}

/** Somebody else's clock: the upstream's, unless it is on this machine. */
function referenceOf(chosen: ChosenUpstream): string | undefined {
  const url = chosen.isChosen ? chosen.choice.server?.baseUrl : undefined;
  if (url === undefined) return undefined;
  const { protocol, host } = new URL(url);
  return `${protocol.replace('ws', 'http')}//${host}/`;
}
