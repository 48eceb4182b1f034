import { ERROR_CATALOGUE, errorBody, type PrismErrorInfo, retryAfterSOf } from '@prism/protocol';
import type { FastifyError, FastifyReply } from 'fastify';

/** Answers with an error in OpenAI's shape and the catalogue's status. */
export function sendProblem(reply: FastifyReply, info: PrismErrorInfo): FastifyReply {
  const retryAfterS = retryAfterSOf(info);
  if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS);
  return reply.code(ERROR_CATALOGUE[info.code].httpStatus).send(errorBody(info));
}

/** Fastify's own refusals in the catalogue's terms; `undefined` for what is no fault of the request. */
export function problemOf(error: FastifyError): PrismErrorInfo | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { code: 'request_too_large', message: 'The body is too large.' };
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return { code: 'unsupported_media_type', message: 'The Content-Type is not accepted here.' };
    default:
      if (error.statusCode === undefined || error.statusCode >= 500) return undefined;
      return { code: 'invalid_request', message: `${error.message.replace(/\.$/, '')}.` };
  }
}
