/**
 * The words of a growing hypothesis that can be told already: those that two looks in a row agree on, without the last
 * one while it is still being spoken. What was told once is never taken back.
 */
export class StablePrefix {
  #previous: readonly string[] = [];
  #told: readonly string[] = [];

  /**
   * Looks at the hypothesis again.
   *
   * @param isLastOver - Whether the speaker has paused, so that the last word is a whole one.
   * @returns All words that are stable now, if they became more; else undefined.
   */
  look(words: readonly string[], isLastOver = false): readonly string[] | undefined {
    const countMax = isLastOver ? words.length : words.length - 1;
    let count = 0;
    while (count < countMax && words[count] === this.#previous[count]) count++;
    this.#previous = words;
    const isContinued = this.#told.every((word, index) => words[index] === word);
    if (count <= this.#told.length || !isContinued) return undefined;
    this.#told = words.slice(0, count);
    return this.#told;
  }
}
