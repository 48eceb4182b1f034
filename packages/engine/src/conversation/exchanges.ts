import type { Exchange, FunctionTool } from '../ports/brain.ts';
import type { Tool } from '../wire/tool.ts';
import type { Item, MessageItem } from './item.ts';

/** The most items that the brain looks at; older ones are out of its context. */
const CONTEXT_ITEM_COUNT_MAX = 400;

function exchangesOfUser(item: MessageItem): Exchange[] {
  const exchanges: Exchange[] = [];
  for (const content of item.content) {
    if (content.type === 'input_text') {
      const text = content.text;
      exchanges.push({ role: 'user', text, wasUnderstood: true, isSilence: false });
    } else if (content.type === 'input_audio') {
      const { hearing } = content;
      const isHeard = hearing.state === 'heard';
      exchanges.push({
        role: 'user',
        text: isHeard ? hearing.text : '',
        wasUnderstood: isHeard && hearing.isAccepted,
        isSilence: hearing.state === 'silence',
      });
    }
  }
  return exchanges;
}

function textOf(item: MessageItem): string {
  return item.content
    .map((content) => {
      switch (content.type) {
        case 'input_text':
        case 'output_text':
          return content.text;
        case 'output_audio':
          return content.transcript;
        case 'input_audio':
        case 'input_image':
          return '';
      }
    })
    .join(' ')
    .trim();
}

function exchangesOfItem(item: Item): Exchange[] {
  switch (item.type) {
    case 'function_call':
      return [
        {
          role: 'call',
          callId: item.callId,
          name: item.name,
          argumentsJson: item.argumentsJson,
        },
      ];
    case 'function_call_output':
      return [{ role: 'output', callId: item.callId, output: item.output }];
    case 'message': {
      if (item.role === 'user') {
        return exchangesOfUser(item);
      }
      const text = textOf(item);
      if (item.role === 'system') {
        return [{ role: 'system', text }];
      }
      const wasInterrupted = item.status === 'incomplete' || item.wasTruncated;
      return [{ role: 'assistant', text, wasInterrupted }];
    }
  }
}

/** The conversation as the brain reads it: the newest {@link CONTEXT_ITEM_COUNT_MAX} items, oldest first. */
export function exchangesOfItems(items: readonly Item[]): Exchange[] {
  return items.slice(-CONTEXT_ITEM_COUNT_MAX).flatMap(exchangesOfItem);
}

/** The function tools among the tools; MCP tools are accepted on the wire and not used. */
export function functionToolsOf(tools: readonly Tool[]): FunctionTool[] {
  return tools.flatMap((tool) =>
    tool.type === 'function'
      ? [
          {
            name: tool.name,
            description: tool.description ?? '',
            parameters: tool.parameters ?? {},
          },
        ]
      : [],
  );
}
