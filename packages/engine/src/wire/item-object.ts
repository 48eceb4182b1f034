/** Conversation items as the engine sends them. Audio is only in `conversation.item.retrieved`. */

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export type ItemContentObject =
  | { readonly type: 'input_text'; readonly text: string }
  | { readonly type: 'input_audio'; readonly transcript: string | null; readonly audio?: string }
  | { readonly type: 'input_image'; readonly image_url: string; readonly detail: string }
  | { readonly type: 'output_text'; readonly text: string }
  | { readonly type: 'output_audio'; readonly transcript: string; readonly audio?: string };

export type ItemObject =
  | {
      readonly id: string;
      readonly type: 'message';
      readonly status: ItemStatus;
      readonly role: 'system' | 'user' | 'assistant';
      readonly content: readonly ItemContentObject[];
    }
  | {
      readonly id: string;
      readonly type: 'function_call';
      readonly status: ItemStatus;
      readonly name: string;
      readonly call_id: string;
      readonly arguments: string;
    }
  | {
      readonly id: string;
      readonly type: 'function_call_output';
      readonly call_id: string;
      readonly output: string;
    };

/** A content part in `response.content_part.*`: there the types are `text` and `audio`, not `output_*`. */
export type ContentPartObject =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'audio'; readonly transcript: string };
