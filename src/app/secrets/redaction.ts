import type { Json } from '../../model/json.ts';
import { createRedactor, GrowingRedactor } from '../../model/redaction.ts';
import type { Redactor } from '../../model/redaction.ts';
import { mapTexts, shownHandles } from '../../model/secrets.ts';
import { textsIn } from '../../model/sensitive.ts';

/**
 * What a process keeps out of sight. It takes everything out that nobody may see, and shows handles as what they stand
 * for; what is passed on from step to step goes through `ofData`, which leaves sensitive values alone: they are data.
 */
export class Redaction implements Redactor {
  readonly #shown = new GrowingRedactor();
  readonly #data = new GrowingRedactor();

  constructor(secrets: readonly string[]) {
    this.addSecrets(secrets);
  }

  get ofData(): Redactor {
    return this.#data;
  }

  addSecrets(values: readonly string[]): void {
    this.#shown.add(values);
    this.#data.add(values);
  }

  /** Values that may go from step to step, and must not be seen. */
  hide(values: readonly Json[]): void {
    if (values.length > 0) this.#shown.add(values.flatMap(textsIn));
  }

  /** What one run may show of its values: without secrets, and without these. Those of other runs are not looked for. */
  ofRun(hidden: readonly Json[]): (value: Json) => Json {
    const own = createRedactor(hidden.flatMap(textsIn));
    return (value) => mapTexts(own.json(this.#data.json(value)), shownHandles);
  }

  text(text: string): string {
    return shownHandles(this.#shown.text(text));
  }

  json(value: Json): Json {
    return mapTexts(this.#shown.json(value), shownHandles);
  }
}
