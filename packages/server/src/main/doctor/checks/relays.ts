import { canonicalAddress } from '@prism/protocol';
import { isLoopbackHost } from '../../../auth/origin-rules.ts';
import type { IceServer } from '../../../auth/turn-credentials.ts';
import type { Settings } from '../../../config/settings.ts';
import { type Check, fail, milliseconds, ok, rounded, skipped, warn } from '../check.ts';
import type { Attempt, RelayAnswer, RelayQuestion } from '../environment.ts';
import { adviceOnNetwork } from '../network-advice.ts';
import { reachOf, toldAddresses } from './addresses.ts';

/** A question for each URL of the servers. */
export function relayQuestions(servers: readonly IceServer[]): readonly RelayQuestion[] {
  return servers.flatMap(({ urls, username, credential }) =>
    urls.map((url) => ({ url, username, credential })),
  );
}

/** TURN servers are asked for an allocation, which is given back at once; STUN servers for this machine's address. */
export function relayChecks(questions: readonly RelayQuestion[]): readonly Check[] {
  if (questions.length === 0)
    return [noRelayCheck("no turn.urls: clients that reach neither UDP nor TCP can't call")];
  return questions.map(relayCheck);
}

/** Stands for the relays where they can't be tried. */
export function noRelayCheck(reason: string): Check {
  return { id: 'turn', name: 'TURN', limitMs: 1_000, run: async () => skipped(reason) };
}

/** The settings that `prism serve` refuses to start with. */
export function relaySecretCheck(): Check {
  return {
    id: 'turn',
    name: 'TURN',
    limitMs: 1_000,
    run: async () =>
      fail(
        'turn.urls names a TURN server, but turn.secret is missing',
        "Set PRISM_TURN_SECRET to the server's static-auth-secret.",
      ),
  };
}

function relayCheck(question: RelayQuestion): Check {
  return {
    id: 'turn',
    name: 'TURN',
    subject: question.url,
    limitMs: 8_000,
    run: async ({ askRelay }, signal) => {
      const asked = await askRelay(question, signal);
      if (!asked.isOk) return fail(wordsOf(asked), adviceOnRelay(asked.code));
      const { firstMs, tookMs, relayed, mapped } = asked.value;
      const figures = { firstMs: rounded(firstMs), tookMs: rounded(tookMs) };
      if (relayed === undefined)
        return ok(
          `sees this machine as ${mapped?.address ?? 'nothing'}, ${milliseconds(firstMs)}`,
          figures,
        );
      const seen = `allocates in ${milliseconds(tookMs)}, relays from ${relayed.address}`;
      const isForHere =
        reachOf(relayed.address) === 'loopback' && !question.url.includes('127.0.0.1');
      if (reachOf(relayed.address) === 'nowhere' || isForHere) {
        return warn(
          seen,
          "Set the relay's external address (coturn: --external-ip): nobody reaches that one.",
          figures,
        );
      }
      return ok(seen, figures);
    },
  };
}

function wordsOf({ code }: Extract<Attempt<RelayAnswer>, { readonly isOk: false }>): string {
  const stunCode = /^STUN (\d+)$/.exec(code)?.[1];
  if (stunCode !== undefined) return `refuses an allocation with ${stunCode}`;
  return code === 'silent' ? 'gives no answer' : `can't be reached (${code})`;
}

/** RFC 8656, section 19, and RFC 8489, section 14.8. */
function adviceOnRelay(code: string): string {
  switch (code) {
    case 'silent':
      return 'Check address and port in turn.urls, and open them in the firewall of the relay.';
    case 'STUN 401':
      return 'Give both the same secret: PRISM_TURN_SECRET here, static-auth-secret there, with --use-auth-secret; and compare the clocks.';
    case 'STUN 403':
      return 'The relay forbids it: check its list of users, quotas and denied addresses.';
    case 'STUN 442':
      return 'The relay offers no UDP to peers: allow UDP relaying there.';
    case 'STUN 486':
      return 'A quota is used up: raise user-quota on the relay.';
    case 'STUN 508':
      return 'The relay has no ports left: widen min-port to max-port there.';
    default:
      return adviceOnNetwork(code, 'turn.urls');
  }
}

/** Compares the address under which a STUN or TURN server sees this machine with what clients are told. */
export function outsideAddressCheck(
  settings: Settings,
  questions: readonly RelayQuestion[],
): Check {
  return {
    id: 'outside-address',
    name: 'Outside address',
    limitMs: 8_000,
    run: async ({ askRelay, readInterfaces }, signal) => {
      if (questions.length === 0) return skipped('no STUN or TURN server is set that could tell');
      for (const question of questions) {
        const asked = await askRelay(question, signal);
        const mapped = asked.isOk ? asked.value.mapped?.address : undefined;
        if (mapped === undefined) continue;
        const told = toldAddresses(settings, readInterfaces).map((address) =>
          canonicalAddress(address),
        );
        const isTold = told.includes(canonicalAddress(mapped));
        if (isTold) return ok(`seen as ${mapped}, which clients are told`);
        if (isLoopbackHost(settings.host))
          return ok(`seen as ${mapped}; callers are on this machine`);
        if (reachOf(mapped) !== 'public') return ok(`seen as ${mapped} from the same network`);
        return warn(
          `seen as ${mapped}, which clients aren't told`,
          `Set PRISM_PUBLIC_IP=${mapped}, and let NAT map the media port to the same number.`,
        );
      }
      return skipped('no STUN or TURN server answered');
    },
  };
}
