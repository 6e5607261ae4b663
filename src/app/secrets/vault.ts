import { createHmac } from 'node:crypto';
import { handlesOf } from '../../engine/core/handles.ts';
import type { Action } from '../../model/actions.ts';
import { RunnerError } from '../../model/errors.ts';
import type { SecretSource } from '../../model/secrets.ts';
import type { Configuration } from '../configuration.ts';
import type { Variables } from '../environment.ts';
import { fillAction } from './fill-action.ts';
import type { Filled } from './fill-action.ts';

/**
 * The secrets of a project while a process needs them: each is read once, when a run first asks for it, and from then
 * on redacted in everything that leaves. Values never leave this object but through `fill`.
 */
export class Vault {
  readonly #configuration: Configuration;
  readonly #variables: Variables;
  readonly #readings = new Map<string, Promise<string | RunnerError>>();
  readonly #values = new Map<string, string>();
  /** Handle → name, by run. */
  readonly #runs = new Map<string, ReadonlyMap<string, string>>();
  #onWarning: (text: string) => void = () => undefined;

  constructor(configuration: Configuration, variables: Variables) {
    this.#configuration = configuration;
    this.#variables = variables;
  }

  /** Tells a listener what a person should know about a secret that was read. */
  onWarning(listener: (text: string) => void): void {
    this.#onWarning = listener;
  }

  warn(text: string): void {
    this.#onWarning(text);
  }

  /**
   * Reads the secrets that a run may use, before it begins.
   * @throws RunnerError SECRET_MISSING, naming each that has no value
   */
  async require(names: readonly string[]): Promise<void> {
    const readings = await Promise.all(names.map((name) => this.#read(name)));
    const missing = readings.filter((reading) => typeof reading !== 'string');
    const [first] = missing;
    if (first === undefined) return;
    if (missing.length === 1) throw first;
    const lines = missing.map(({ message, hint = '' }) => `- ${message} ${hint}`);
    throw new RunnerError('SECRET_MISSING', `${missing.length} secrets are missing.\n${lines.join('\n')}`);
  }

  /** From now on, calls of this run are filled in. @param seed what the run's handles are made of */
  open(run: string, seed: string, names: readonly string[]): void {
    const handles = handlesOf(seed, names);
    this.#runs.set(run, new Map(Object.entries(handles).map(([name, handle]) => [handle, name])));
  }

  /** A child may be given handles of its parent, so it may use all of them. */
  adopt(child: string, parent: string): void {
    const handles = this.#runs.get(parent);
    if (handles !== undefined) this.#runs.set(child, handles);
  }

  /** Ends what was opened for a run and for those that it has started. */
  close(run: string): void {
    const handles = this.#runs.get(run);
    for (const [each, its] of this.#runs) if (its === handles) this.#runs.delete(each);
  }

  /** The call with values in the place of handles; the same one where it has none. */
  fill(run: string, action: Action): Filled {
    const handles = this.#runs.get(run);
    if (handles === undefined) return { ok: true, action };
    return fillAction(action, handles, (name) => this.#values.get(name) ?? '');
  }

  /** Tells one value of a secret from another, and gives away neither. */
  fingerprint(name: string): string {
    return createHmac('sha256', this.#values.get(name) ?? '')
      .update(`runner secret ${name}`)
      .digest('hex');
  }

  #read(name: string): Promise<string | RunnerError> {
    const known = this.#readings.get(name) ?? this.#readFrom(name);
    this.#readings.set(name, known);
    return known;
  }

  async #readFrom(name: string): Promise<string | RunnerError> {
    const { secrets, redactor } = this.#configuration;
    const source = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
    if (source === undefined) return undefinedSecret(name);
    const reading = await readSource(source, this.#configuration, this.#variables);
    if (!reading.ok) return missing(`The secret ${name} is missing: ${reading.reason}.`, reading.remedy);
    this.#values.set(name, reading.value);
    redactor.addSecrets([reading.value]);
    if (reading.warning !== undefined) this.#onWarning(`Secret ${name}: ${reading.warning}`);
    if (reading.value.length < 6) {
      this.#onWarning(
        `Secret ${name}: it has fewer than 6 characters, too few to be redacted where a service echoes it.`,
      );
    }
    return reading.value;
  }
}

/** The value behind a source, with words for a person where there is none. */
async function readSource(source: SecretSource, { project }: Configuration, variables: Variables) {
  const { readSecret } = await import('../../adapters/secrets/read-secret.ts');
  return readSecret(source, { root: project.root, variables });
}

function undefinedSecret(name: string): RunnerError {
  return new RunnerError('SECRET_MISSING', `The project defines no secret ${name}.`, {
    hint: `Add it to runner.yaml: secrets: { ${name}: { env: ${name} } }`,
  });
}

function missing(message: string, remedy: string): RunnerError {
  return new RunnerError('SECRET_MISSING', message, {
    hint: `${remedy}, or change where it comes from under "secrets" in runner.yaml.`,
  });
}
