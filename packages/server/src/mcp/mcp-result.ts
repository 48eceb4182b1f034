import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { ToolOutcome } from '@prism/core';

/** What the model is told of an MCP tool's result: its texts; of everything else, that it is left out. */
export function outcomeOf(result: CallToolResult): ToolOutcome {
  const text = textOf(result);
  if (result.isError !== true) return { type: 'result', text };
  return { type: 'failed', code: 'tool_failed', message: text };
}

function textOf({ content, structuredContent }: CallToolResult): string {
  if (content.length === 0 && structuredContent !== undefined)
    return JSON.stringify(structuredContent);
  return content.map(partText).join('\n');
}

function partText(part: CallToolResult['content'][number]): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'resource':
      return 'text' in part.resource ? part.resource.text : `[left out: ${part.resource.uri}]`;
    case 'resource_link':
      return `[${part.name}: ${part.uri}]`;
    case 'image':
    case 'audio':
      return `[left out: ${part.mimeType}]`;
    default:
      return '[left out]';
  }
}
