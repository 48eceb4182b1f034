/**
 * Mints a client secret as an application's own server does.
 *
 * @param url - Prism's own, without path.
 * @param options - The server key, and the session, and what only Prism knows, that are bound to the secret, if any.
 */
export async function mintSecret(
  url: string,
  {
    key,
    session,
    prism,
  }: { readonly key?: string; readonly session?: object; readonly prism?: object } = {},
): Promise<string> {
  const response = await fetch(`${url}/v1/realtime/client_secrets`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ session, prism }),
  });
  const { value } = (await response.json()) as { value: string };
  return value;
}
