/** Asks Prism for a JSON document; `undefined` for everything but a proper answer. */
export async function askServer(url: string, token: string | undefined): Promise<unknown> {
  const headers: HeadersInit = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  try {
    const response = await fetch(url, { headers });
    return response.ok ? await response.json() : undefined;
  } catch {
    // The page says so; a call that cannot be made either explains itself in the banner.
    return undefined;
  }
}
