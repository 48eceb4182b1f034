import { type FunctionTool, tool } from '@openai/agents-realtime';

/** The tool of the official samples, which the engine knows when to call; keeps what it is called with. */
export function colorTool(calls: unknown[]): FunctionTool {
  return tool({
    name: 'set_theme_color',
    description: 'Sets the colour of the page.',
    parameters: {
      type: 'object',
      properties: { color: { type: 'string', enum: ['red', 'green', 'purple'] } },
      required: ['color'],
      additionalProperties: false,
    },
    strict: true,
    execute: (input) => {
      calls.push(input);
      return 'done';
    },
  });
}
