/**
 * Whether the microphone may be used, as the browser tells without asking the user; `undefined` where it doesn't (W3C
 * Permissions).
 */
export async function microphonePermission(page: {
  readonly navigator: { readonly permissions?: Pick<Permissions, 'query'> | undefined };
}): Promise<PermissionState | undefined> {
  try {
    // No browser's types name it everywhere; one that doesn't know it rejects.
    const status = await page.navigator.permissions?.query({ name: 'microphone' });
    return status?.state;
  } catch {
    return undefined;
  }
}
