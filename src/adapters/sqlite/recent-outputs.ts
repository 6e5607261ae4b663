import type { Json } from '../../model/json.ts';
import type { EntryRow } from './cache-schema.ts';

/** A result that has been read from the file already: parsed, and frozen, because many will share it. */
export interface RecentOutput {
  readonly server: string;
  readonly called_at: number;
  readonly expires_at: number;
  used_at: number;
  readonly value: Json;
  readonly bytes: number;
}

const maxOutputs = 500;
const maxBytes = 8 * 2 ** 20;

/** The results used last, so that a large one is not parsed again at each hit. */
export class RecentOutputs {
  /** In order of use, the oldest first. */
  readonly #outputs = new Map<string, RecentOutput>();
  #bytes = 0;
  #version: number | undefined;

  /** Forgets everything when another process has changed the file since; `version` is SQLite's `data_version`. */
  validate(version: number | undefined): void {
    if (version !== this.#version) this.clear();
    this.#version = version;
  }

  get(key: string): RecentOutput | undefined {
    const output = this.#outputs.get(key);
    if (output === undefined) return undefined;
    this.#outputs.delete(key);
    this.#outputs.set(key, output);
    return output;
  }

  keep({ key, server, called_at, expires_at, used_at, output, bytes }: EntryRow): RecentOutput {
    const value = deepFreeze(JSON.parse(output) as Json);
    const recent: RecentOutput = { server, called_at, expires_at, used_at, value, bytes };
    this.forget(key);
    this.#outputs.set(key, recent);
    this.#bytes += bytes;
    this.#evict();
    return recent;
  }

  forget(key: string): void {
    this.#bytes -= this.#outputs.get(key)?.bytes ?? 0;
    this.#outputs.delete(key);
  }

  clear(): void {
    this.#outputs.clear();
    this.#bytes = 0;
  }

  #evict(): void {
    for (const oldest of this.#outputs.keys()) {
      if (this.#outputs.size <= maxOutputs && this.#bytes <= maxBytes) return;
      this.forget(oldest);
    }
  }
}

function deepFreeze(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values<Json>(value)) deepFreeze(part);
  return Object.freeze(value);
}
