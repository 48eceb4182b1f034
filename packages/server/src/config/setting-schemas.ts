import { isIP } from 'node:net';
import { z } from 'zod';
import { Secret } from './secret.ts';

/** Kinds of values that several settings have. */

export const optionalTextSchema = z.string().min(1).optional();

/** A list, in YAML as such, in the environment separated by commas. */
export const listSchema = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value),
  z.array(z.string().min(1)),
);
export const secretSchema = z
  .string()
  .min(1)
  .transform((text) => new Secret(text))
  .optional();
export const secretListSchema = listSchema.transform((texts) =>
  texts.map((text) => new Secret(text)),
);

/** Networks, like `192.0.2.0/24`, or single addresses. */
export const networkListSchema = listSchema.transform((networks, context) => {
  for (const network of networks) {
    const [address = '', prefix = '0', ...rest] = network.split('/');
    const bits = isIP(address) === 6 ? 128 : 32;
    const isPrefix = /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits;
    if (isIP(address) !== 0 && isPrefix && rest.length === 0) continue;
    context.addIssue({ code: 'custom', message: `'${network}' is no network` });
  }
  return networks;
});
