/**
 * Mints a client secret as an application's own server does.
 *
 * @param url - Prism's own, without path.
 * @param options - The server key, and the session that is bound to the secret, if any.
 */
export async function mintSecret(
  url: string,
  { key, session }: { readonly key?: string; readonly session?: object } = {},
): Promise<string> {
  const response = await fetch(`${url}/v1/realtime/client_secrets`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ session }),
  });
  const { value } = (await response.json()) as { value: string };
  return value;
}
