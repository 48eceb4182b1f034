import {
  type PrismErrorInfo,
  readSessionConfig,
  SDP_OFFER_BYTES_MAX,
  SESSION_CONFIG_BYTES_MAX,
  type SessionConfig,
} from '@prism/protocol';

/** What the body of a call says, however it was sent. */
export type CallBody =
  | {
      readonly isValid: true;
      readonly offerSdp: string;
      readonly session: SessionConfig | undefined;
    }
  | { readonly isValid: false; readonly error: PrismErrorInfo };

/**
 * Reads the form of a call: `sdp`, and `session` as JSON, which may be missing. Parts may have a content type, none,
 * or a file name: official clients and browsers each send them otherwise. Never throws.
 */
export async function readCallForm(body: Buffer, contentType: string): Promise<CallBody> {
  let form: FormData;
  try {
    const source = new Response(new Uint8Array(body), { headers: { 'content-type': contentType } });
    // oxlint-disable-next-line typescript/no-deprecated -- Advised against for bodies of unknown size; this one is small.
    form = await source.formData();
  } catch {
    return refuse({ code: 'invalid_request', message: 'The multipart form could not be read.' });
  }
  for (const name of form.keys()) {
    if (name === 'sdp' || name === 'session') continue;
    const message = `The form has a part '${name.slice(0, 100)}'; it takes sdp and session.`;
    return refuse({ code: 'invalid_request', message, param: name.slice(0, 100) });
  }
  const sdp = await textOf(form.get('sdp'));
  if (sdp === undefined || sdp === '') {
    return refuse({ code: 'invalid_sdp', message: 'The form has no part sdp.', param: 'sdp' });
  }
  if (Buffer.byteLength(sdp) > SDP_OFFER_BYTES_MAX) return refuseSize('sdp');
  return readSessionPart(sdp, await textOf(form.get('session')));
}

function readSessionPart(offerSdp: string, text: string | undefined): CallBody {
  if (text === undefined) return { isValid: true, offerSdp, session: undefined };
  if (Buffer.byteLength(text) > SESSION_CONFIG_BYTES_MAX) return refuseSize('session');
  let value: unknown;
  try {
    value = JSON.parse(text, withoutPrototype);
  } catch {
    const message = "The part 'session' is not JSON.";
    return refuse({ code: 'invalid_session', message, param: 'session' });
  }
  const read = readSessionConfig(value, 'session');
  return read.isValid
    ? { isValid: true, offerSdp, session: read.session }
    : { isValid: false, error: read.error };
}

/** A member of this name would become the prototype of whatever it is copied into. */
function withoutPrototype(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}

async function textOf(part: ReturnType<FormData['get']>): Promise<string | undefined> {
  return part === null || typeof part === 'string' ? (part ?? undefined) : part.text();
}

function refuseSize(param: string): CallBody {
  return refuse({ code: 'request_too_large', message: `The part '${param}' is too large.`, param });
}

function refuse(error: PrismErrorInfo): CallBody {
  return { isValid: false, error };
}
