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

/** The JSON body: `{"error":{"message","type","param","code"}}`. */
export function httpErrorBody(error: HttpError): string {
  const { message, type, param, code } = error;
  return JSON.stringify({ error: { message, type, param, code } });
}
