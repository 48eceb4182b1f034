import {
  type PrismErrorInfo,
  readSessionConfig,
  readTraceParent,
  resolveSession,
  SESSION_CONFIG_BYTES_MAX,
  type SessionConfig,
  writeTraceParent,
} from '@prism/protocol';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { CLIENT_SECRET_TTL_S } from '../../auth/client-secrets.ts';
import type { SecretGrants } from '../../auth/secret-claims.ts';
import type { SecretMaker } from '../../auth/secret-maker.ts';
import { grantsOf, prismExtensionSchema } from '../prism-extension.ts';
import { sendProblem } from '../problem.ts';

export interface ClientSecretRouteOptions {
  readonly secrets: Pick<SecretMaker, 'make'>;
  readonly defaultModel: string;
  readonly newSessionId: () => string;
}

/** The body; the session is judged by the protocol's own schema. */
const bodySchema = z.strictObject({
  expires_after: z
    .strictObject({
      anchor: z.literal('created_at').optional(),
      seconds: z.int().min(CLIENT_SECRET_TTL_S.min).max(CLIENT_SECRET_TTL_S.max).optional(),
    })
    .optional(),
  session: z.unknown().optional(),
  prism: prismExtensionSchema.optional(),
});

interface AskedSecret {
  readonly grants: SecretGrants;
  readonly ttlS: number;
}

type ReadBody =
  | { readonly isValid: true; readonly asked: AskedSecret }
  | { readonly isValid: false; readonly error: PrismErrorInfo };

/** `POST /realtime/client_secrets`: a short-lived key for a browser or device (Realtime API, client secrets). */
export function addClientSecretRoutes(
  api: FastifyInstance,
  { secrets, defaultModel, newSessionId }: ClientSecretRouteOptions,
): void {
  api.register(async (routes) => {
    const parseJson = routes.getDefaultJsonParser('error', 'error');
    routes.removeAllContentTypeParsers();
    routes.addContentTypeParser<string>(
      'application/json',
      { parseAs: 'string', bodyLimit: SESSION_CONFIG_BYTES_MAX },
      (request, body, done) => {
        // Everything in the body is optional, so the body is too.
        if (body === '') return done(null, undefined);
        return parseJson(request, body, done);
      },
    );
    const route = { config: { need: 'secrets' } } as const;
    routes.post<{ Body: unknown }>('/realtime/client_secrets', route, async (request, reply) => {
      const read = readBody(request.body === undefined ? {} : request.body);
      if (!read.isValid) return sendProblem(reply, read.error);
      const traceParent = traceParentOf(request.headers['traceparent']);
      const grants = { ...read.asked.grants, traceParent };
      const made = await secrets.make(request.admitted, { ...read.asked, grants });
      if (!made.isMinted) return sendProblem(reply, made.error);
      const { value, expiresAtS } = made.secret;
      const session = resolveSession(read.asked.grants.session ?? { type: 'realtime' }, {
        id: newSessionId(),
        model: defaultModel,
        expiresAtS: 0,
      });
      // What opens sessions stays out of every cache.
      reply.header('cache-control', 'no-store');
      return { value, expires_at: expiresAtS, session };
    });
  });
}

/** The header as it came, if it is one. */
function traceParentOf(header: unknown): string | undefined {
  const read = readTraceParent(header);
  return read === undefined ? undefined : writeTraceParent(read);
}

function readBody(body: unknown): ReadBody {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) return { isValid: false, error: errorOf(parsed.error) };
  const ttlS = parsed.data.expires_after?.seconds ?? CLIENT_SECRET_TTL_S.default;
  const read = readSession(parsed.data.session);
  if (!read.isValid) return { isValid: false, error: read.error };
  const grants = { ...grantsOf(parsed.data.prism), session: read.session };
  return { isValid: true, asked: { ttlS, grants } };
}

function readSession(
  value: unknown,
):
  | { readonly isValid: true; readonly session: SessionConfig | undefined }
  | { readonly isValid: false; readonly error: PrismErrorInfo } {
  return value === undefined
    ? { isValid: true, session: undefined }
    : readSessionConfig(value, 'session');
}

function errorOf(error: z.ZodError): PrismErrorInfo {
  const issue = error.issues[0];
  const unknownKeys = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const path = [...(issue?.path ?? []), ...unknownKeys].map(String).join('.').slice(0, 200);
  const message =
    path === ''
      ? 'The body is not a JSON object.'
      : `Field '${path}': ${issue?.message ?? 'invalid'}.`;
  return { code: 'invalid_request', message, param: path || undefined };
}
