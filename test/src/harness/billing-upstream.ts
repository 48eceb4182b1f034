import { FakeUpstream, type FakeUpstreamSession } from './fake-upstream.ts';

/** A token of audio in a response costs so much: $64 per million, as `gpt-realtime-2.1` does. */
export const MICRO_USD_PER_TOKEN = 64;

/** A fake upstream that answers every `response.create`, and bills it. */
export class BillingUpstream {
  readonly fake: FakeUpstream;
  /** Audio tokens of all responses that it has begun. */
  billedTokens = 0;
  responseCount = 0;

  private constructor(fake: FakeUpstream) {
    this.fake = fake;
  }

  /** @param tokensOf - What the response costs that is begun now. */
  static async start(tokensOf: (responseCount: number) => number): Promise<BillingUpstream> {
    const upstream: BillingUpstream = new BillingUpstream(
      await FakeUpstream.start({
        opened: (session) =>
          session.onEvent((event) => {
            if (event['type'] === 'response.create') upstream.#respond(session, tokensOf);
          }),
      }),
    );
    return upstream;
  }

  get billedMicroUsd(): number {
    return this.billedTokens * MICRO_USD_PER_TOKEN;
  }

  #respond(session: FakeUpstreamSession, tokensOf: (responseCount: number) => number): void {
    this.responseCount += 1;
    const id = `resp_${this.responseCount}`;
    const audioTokens = tokensOf(this.responseCount);
    // Whatever becomes of the session: it was begun, and so it is billed.
    this.billedTokens += audioTokens;
    session.send({ type: 'response.created', response: { id, status: 'in_progress' } });
    session.send({
      type: 'response.done',
      response: {
        id,
        status: 'completed',
        usage: {
          total_tokens: audioTokens,
          input_tokens: 0,
          output_tokens: audioTokens,
          output_token_details: { text_tokens: 0, audio_tokens: audioTokens },
        },
      },
    });
  }
}
