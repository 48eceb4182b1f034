import type { Ear, EarGrammar, EarListener, Ears } from '../ports/ears.ts';

/** What a session did with its ear, and its listener, to be called by the test. */
export interface FakeEar {
  readonly grammars: EarGrammar[];
  readonly listener: EarListener;
  readonly begun: string[];
  readonly ended: string[];
  readonly cancelled: string[];
  pushedSamples: number;
  isClosed: boolean;
}

/** Ears that hear nothing by themselves. */
export class FakeEars implements Ears {
  readonly opened: FakeEar[] = [];
  isClosed = false;

  open(grammar: EarGrammar, listener: EarListener): Ear {
    const ear: FakeEar = {
      grammars: [grammar],
      listener,
      begun: [],
      ended: [],
      cancelled: [],
      pushedSamples: 0,
      isClosed: false,
    };
    this.opened.push(ear);
    return {
      push: (pcm) => {
        ear.pushedSamples += pcm.length;
      },
      begin: (utteranceId) => ear.begun.push(utteranceId),
      end: (utteranceId) => ear.ended.push(utteranceId),
      cancel: (utteranceId) => ear.cancelled.push(utteranceId),
      setGrammar: (next) => ear.grammars.push(next),
      close: () => {
        ear.isClosed = true;
      },
    };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
