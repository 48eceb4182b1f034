import type { ItemObject, KnownServerEvent } from '@prism/protocol';
import { readArguments } from '../tools/read-arguments.ts';
import type { SessionTool } from '../tools/session-tool.ts';
import type { ToldEvent } from './told-event.ts';

/**
 * Calls of client-side tools whose arguments don't fit: Prism answers them itself, and the client must not carry them
 * out. It is told that the model left them incomplete, which official clients pass over.
 */
export class MisfitCalls {
  readonly #toolNamed: (name: string) => SessionTool | undefined;

  constructor(toolNamed: (name: string) => SessionTool | undefined) {
    this.#toolNamed = toolNamed;
  }

  /** What controllers are told of an event; `undefined` if it is left out. */
  toldOf(event: KnownServerEvent, text: string): ToldEvent | undefined {
    switch (event.type) {
      case 'response.function_call_arguments.done':
        return this.#isMisfit(event.name, event.arguments) ? undefined : { event, text };
      case 'conversation.item.done':
      case 'response.output_item.done': {
        const item = this.#shown(event.item);
        return item === event.item ? { event, text } : rewritten({ ...event, item });
      }
      case 'response.done': {
        const { response } = event;
        const output = itemsOf(response.output);
        const shown = output.map((item) => this.#shown(item));
        if (shown.every((item, index) => item === output[index])) return { event, text };
        return rewritten({ ...event, response: { ...response, output: shown } });
      }
      default:
        return { event, text };
    }
  }

  #shown(item: ItemObject): ItemObject {
    if (item.type !== 'function_call' || !this.#isMisfit(item.name, item.arguments)) return item;
    return { ...item, status: 'incomplete' };
  }

  #isMisfit(name: unknown, argumentsJson: unknown): boolean {
    if (typeof name !== 'string' || typeof argumentsJson !== 'string') return false;
    const tool = this.#toolNamed(name);
    return tool?.runsAt === 'client' && !readArguments(tool, argumentsJson).isValid;
  }
}

function rewritten(event: KnownServerEvent): ToldEvent {
  return { event, text: JSON.stringify(event) };
}

/** The items of a response, whatever the upstream wrote in their place. */
export function itemsOf(output: unknown): readonly ItemObject[] {
  return Array.isArray(output) ? output.filter(isItem) : [];
}

function isItem(value: unknown): value is ItemObject {
  return typeof value === 'object' && value !== null && 'type' in value;
}
