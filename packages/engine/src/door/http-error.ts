/** An HTTP error of the engine: OpenAI's body with its status. */
export interface HttpError {
  readonly status: number;
  readonly type: 'invalid_request_error' | 'server_error';
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
}

export function httpError(
  status: number,
  code: string,
  said: { readonly message: string; readonly param?: string | null },
): HttpError {
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  return { status, type, code, message: said.message, param: said.param ?? null };
}

/** A page of an origin that isn't allowed knocks where no key is asked for. */
export function originRefused(): HttpError {
  const message = 'Pages of this origin may not use an engine without keys.';
  return httpError(403, 'origin_not_allowed', { message });
}

/** The JSON body: `{"error":{"message","type","param","code"}}`. */
export function httpErrorBody(error: HttpError): string {
  const { message, type, param, code } = error;
  return JSON.stringify({ error: { message, type, param, code } });
}
