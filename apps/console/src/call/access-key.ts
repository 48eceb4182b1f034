/** The key in a page address such as `…/#key=ek_…`; a fragment never reaches a server's log. */
export function accessKeyFrom(fragment: string): string | undefined {
  const key = new URLSearchParams(fragment.replace(/^#/u, '')).get('key')?.trim();
  return key === undefined || key === '' ? undefined : key;
}
