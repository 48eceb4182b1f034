import type { UpstreamChoice, UpstreamServer } from '../../choose-upstream.ts';
import { type Check, fail, milliseconds, ok, rounded, warn } from '../check.ts';
import type { UpstreamRefusal } from '../environment.ts';
import { adviceOnNetwork } from '../network-advice.ts';

/** What the settings choose, or why they choose nothing. */
export type ChosenUpstream =
  | { readonly isChosen: true; readonly choice: UpstreamChoice }
  | { readonly isChosen: false; readonly reason: string };

/** From here on an answer is slow for a conversation. */
const SLOW_MS = 1_500;

export function upstreamCheck(chosen: ChosenUpstream): Check {
  return {
    id: 'upstream',
    name: 'Upstream',
    limitMs: 1_000,
    run: async () => {
      if (!chosen.isChosen)
        return fail(chosen.reason, 'Set what is missing, or PRISM_UPSTREAM=engine to go without.');
      const { label, model, reason } = chosen.choice;
      return ok(`${label}, model ${model} (${reason})`);
    },
  };
}

/** The way to a server, step by step, so that the first one that fails is told by itself. */
export function upstreamServerChecks(
  choice: UpstreamChoice,
  server: UpstreamServer,
): readonly Check[] {
  return [addressCheck(server), connectionCheck(server), sessionCheck(choice, server)];
}

/** Where the settings say that the upstream is; organisation, key and query stay out of what is printed. */
function placeOf({ baseUrl }: UpstreamServer): {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
} {
  const url = new URL(baseUrl);
  const isTls = url.protocol === 'https:' || url.protocol === 'wss:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { host, port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port), isTls };
}

function addressCheck(server: UpstreamServer): Check {
  const { host } = placeOf(server);
  return {
    id: 'upstream-address',
    name: 'Upstream address',
    limitMs: 8_000,
    run: async ({ lookup, clock }, signal) => {
      const startMs = clock.nowMs();
      const found = await lookup(host, signal);
      const dnsMs = clock.nowMs() - startMs;
      if (!found.isOk)
        return fail(
          `${host} isn't found (${found.code})`,
          adviceOnNetwork(found.code, 'upstream.url'),
        );
      const list = found.value.slice(0, 4).join(', ');
      return ok(`${host} is ${list}, found in ${milliseconds(dnsMs)}`, { dnsMs: rounded(dnsMs) });
    },
  };
}

function connectionCheck(server: UpstreamServer): Check {
  const place = placeOf(server);
  return {
    id: 'upstream-connection',
    name: 'Upstream connection',
    needs: ['upstream-address'],
    limitMs: 10_000,
    run: async ({ connect }, signal) => {
      const opened = await connect(place, signal);
      const where = `${place.host}:${place.port}`;
      if (!opened.isOk)
        return fail(
          `${where} can't be reached (${opened.code})`,
          adviceOnNetwork(opened.code, 'upstream.url'),
        );
      const { connectMs, tlsMs } = opened.value;
      const figures = {
        connectMs: rounded(connectMs),
        ...(tlsMs === undefined ? {} : { tlsMs: rounded(tlsMs) }),
      };
      const tls = tlsMs === undefined ? 'without TLS' : `TLS after ${milliseconds(tlsMs)} more`;
      return ok(`${where}: TCP in ${milliseconds(connectMs)}, ${tls}`, figures);
    },
  };
}

function sessionCheck(choice: UpstreamChoice, server: UpstreamServer): Check {
  return {
    id: 'upstream-session',
    name: 'Upstream session',
    needs: ['upstream-connection'],
    limitMs: 15_000,
    run: async ({ dialUpstream }, signal) => {
      const dialled = await dialUpstream({ server, model: choice.model }, signal);
      if ('errorCode' in dialled) return fail(dialled.message, adviceOnRefusal(dialled, choice));
      const { acceptedMs, sessionMs, model } = dialled;
      const figures = { acceptedMs: rounded(acceptedMs), sessionMs: rounded(sessionMs) };
      const seen = `opened in ${milliseconds(sessionMs)}, model ${model ?? 'not named'}`;
      if (sessionMs > SLOW_MS) {
        return warn(
          seen,
          'Every call begins with this wait: run Prism nearer to the upstream.',
          figures,
        );
      }
      return ok(seen, figures);
    },
  };
}

function adviceOnRefusal({ errorCode }: UpstreamRefusal, { kind, model }: UpstreamChoice): string {
  const keySetting = kind === 'azure' ? 'AZURE_OPENAI_API_KEY' : 'OPENAI_API_KEY';
  if (errorCode === 'upstream_authentication_failed') {
    return `Set ${keySetting} to a key that is valid for this upstream and may use ${model}.`;
  }
  if (errorCode === 'upstream_refused') {
    return `Check upstream.url, and that PRISM_MODEL (${model}) names a Realtime model the account may use.`;
  }
  if (errorCode === 'upstream_unreachable')
    return 'Let WebSockets through to the upstream: a proxy in between may not pass them.';
  return `Look at what the upstream says, and check PRISM_MODEL (${model}).`;
}

/** The engine in place of a server: loads, opens a session, ends. */
export function engineCheck(scenarioPath: string | undefined): Check {
  return {
    id: 'engine',
    name: 'Built-in engine',
    limitMs: 30_000,
    run: async ({ tryEngine }, signal) => {
      const trial = await tryEngine(scenarioPath, signal);
      if (!trial.isOk) {
        const advice =
          scenarioPath === undefined
            ? 'Run npm ci and npm run build again: a part of the engine is missing.'
            : `Correct the scenario: prism engine check ${scenarioPath}.`;
        return fail(trial.message, advice);
      }
      const { startMs, sessionMs } = trial;
      const figures = { startMs: rounded(startMs), sessionMs: rounded(sessionMs) };
      return ok(
        `started in ${milliseconds(startMs)}, a session in ${milliseconds(sessionMs)}`,
        figures,
      );
    },
  };
}
