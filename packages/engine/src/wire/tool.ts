import { z } from 'zod';

/** Tools and tool choice of a session or a response (Realtime GA reference, `session.tools`). */

const functionToolSchema = z.strictObject({
  type: z.literal('function'),
  name: z.string().min(1).max(128),
  description: z.string().optional(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
});

const mcpToolSchema = z.strictObject({
  type: z.literal('mcp'),
  server_label: z.string().min(1),
  server_url: z.string().optional(),
  connector_id: z.string().optional(),
  tunnel_id: z.string().optional(),
  authorization: z.string().optional(),
  headers: z.record(z.string(), z.string()).nullish(),
  allowed_tools: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).nullish(),
  require_approval: z
    .union([z.enum(['always', 'never']), z.record(z.string(), z.unknown())])
    .nullish(),
  server_description: z.string().optional(),
  defer_loading: z.boolean().optional(),
  allowed_callers: z.array(z.string()).nullish(),
});

export const toolSchema = z.discriminatedUnion('type', [functionToolSchema, mcpToolSchema]);

export type Tool = z.infer<typeof toolSchema>;

export const toolChoiceSchema = z.union([
  z.enum(['auto', 'none', 'required']),
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('function'), name: z.string().min(1) }),
    z.strictObject({
      type: z.literal('mcp'),
      server_label: z.string().min(1),
      name: z.string().nullish(),
    }),
  ]),
]);

export type ToolChoice = z.infer<typeof toolChoiceSchema>;

/** A tool as it may be echoed: the secrets of an MCP server are left out. */
export function toolWithoutSecrets(tool: Tool): Tool {
  if (tool.type === 'function') {
    return tool;
  }
  const { authorization: _authorization, headers: _headers, ...rest } = tool;
  return rest;
}
