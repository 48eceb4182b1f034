import { type Action, textField, type WireObject } from '@prism/client';

/** The colours the page's accent can take. */
export const THEME_COLORS = [
  'red',
  'orange',
  'yellow',
  'green',
  'blue',
  'purple',
  'pink',
  'teal',
] as const;

/** One accent colour. */
export type ThemeColor = (typeof THEME_COLORS)[number];

/** Reads a colour name; `undefined` if the page does not have it. */
function parseThemeColor(name: string | undefined): ThemeColor | undefined {
  const wanted = name?.trim().toLowerCase();
  return THEME_COLORS.find((color) => color === wanted);
}

/** What the model is told of the action. */
export function themeColorDefinition(): Pick<Action, 'name' | 'description'> & {
  readonly parameters: WireObject;
} {
  return {
    name: 'set_theme_color',
    description: 'Changes the accent colour of the page the user is looking at.',
    parameters: {
      type: 'object',
      properties: {
        color: { type: 'string', enum: THEME_COLORS, description: 'The colour to show.' },
      },
      required: ['color'],
      additionalProperties: false,
    },
  };
}

/** The action by which the model recolours the page. */
export function themeColorAction(apply: (color: ThemeColor) => void): Action {
  return {
    ...themeColorDefinition(),
    handler: (input) => {
      const color = parseThemeColor(textField(input, 'color'));
      if (color === undefined) throw new Error(`The page has only ${THEME_COLORS.join(', ')}.`);
      apply(color);
      return { ok: true, color };
    },
  };
}
