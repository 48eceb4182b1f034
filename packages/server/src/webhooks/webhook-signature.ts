import { createHmac } from 'node:crypto';

/**
 * The value of `Prism-Signature`: `t=<seconds since 1970>,v1=<hex>`, where `v1` is the HMAC-SHA256 of `<t>.<body>`. Who
 * checks it compares in constant time and refuses old times.
 */
export function webhookSignature(
  secret: string,
  { body, wallMs }: { readonly body: string; readonly wallMs: number },
): string {
  const timestamp = Math.floor(wallMs / 1_000);
  const digest = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return `t=${timestamp},v1=${digest}`;
}
