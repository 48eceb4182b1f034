import { z } from 'zod';

/** One setting: everything there is to know of it. The reference page and the sample file are made from this. */
export interface SettingDefinition<Value> {
  /** Its path in `prism.yaml`. */
  readonly key: string;
  readonly schema: z.ZodType<Value>;
  readonly defaultValue: Value;
  readonly unit?: string;
  readonly doc: string;
  readonly env: string;
  readonly flag?: string;
  readonly isSecret?: boolean;
}

/** A definition whose value's type is inferred. */
export function define<Value>(definition: SettingDefinition<Value>): SettingDefinition<Value> {
  return definition;
}

/** Yes or no, in the environment also as text. */
export const flagSchema = z.union([z.boolean(), z.stringbool()]);

/** Something with members: YAML in the file, JSON in the environment. */
export function structured<Value>(schema: z.ZodType<Value>): z.ZodType<Value> {
  return z.preprocess((value, context) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'it is not valid JSON' });
      return z.NEVER;
    }
  }, schema);
}
