import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { RunnerError } from '../../model/errors.ts';

/** Seals texts with AES-256-GCM. `about` says what a text belongs to: it opens only there. */
export interface Sealer {
  /** @throws RunnerError JOURNAL_KEY_MISSING when the key that writes has no value */
  seal(text: string, about: string): string;
  /** @throws RunnerError JOURNAL_KEY_MISSING when it was sealed with a key that is not at hand; STORAGE_CORRUPT */
  open(sealed: string, about: string): string;
  /** False: texts are written as they are. @throws RunnerError JOURNAL_KEY_MISSING as `seal` */
  readonly seals: boolean;
}

/** The keys at hand, in the order of the configuration; one that has no value is an error in its place. */
export type SealingKeys = readonly (string | RunnerError)[];

interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

const nonceBytes = 12;
const tagBytes = 16;

/** The first key seals, all of them open. @throws RunnerError CONFIG_INVALID for a key that is too short */
export function createSealer(keys: SealingKeys): Sealer {
  const [writer] = keys.map((key) => (typeof key === 'string' ? keyOf(key) : key));
  const readers = new Map(keys.flatMap((key) => (typeof key === 'string' ? [keyEntry(keyOf(key))] : [])));
  const requireWriter = (): Key | undefined => {
    if (writer instanceof RunnerError) throw writer;
    return writer;
  };
  return {
    get seals() {
      return requireWriter() !== undefined;
    },
    seal(text, about) {
      const key = requireWriter();
      if (key === undefined) throw new RunnerError('INTERNAL', 'Nothing is sealed without a key.');
      return sealWith(key, text, about);
    },
    open(sealed, about) {
      const [id = '', body = ''] = sealed.split('.');
      const key = readers.get(id);
      if (key === undefined) throw missingKey(id, [...readers.keys()]);
      return openWith(key, body, about);
    },
  };
}

function keyEntry(key: Key): readonly [string, Key] {
  return [key.id, key];
}

/** 32 bytes in base64 are taken as they are; any other text of 32 bytes or more is what the key is derived from. */
function keyOf(text: string): Key {
  const given = /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : Buffer.from(text);
  if (given.length < 32) {
    throw new RunnerError('CONFIG_INVALID', `The journal key has ${given.length} bytes, and needs at least 32.`, {
      hint: 'Make one with: openssl rand -base64 32',
    });
  }
  const derive = (purpose: string, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', given, '', `runner journal ${purpose}`, length));
  return { id: derive('key id', 4).toString('hex'), bytes: derive('key', 32) };
}

function sealWith({ id, bytes }: Key, text: string, about: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', bytes, nonce).setAAD(Buffer.from(about));
  const body = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${id}.${body.toString('base64')}`;
}

function openWith({ bytes }: Key, body: string, about: string): string {
  const sealed = Buffer.from(body, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', bytes, sealed.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.from(about)).setAuthTag(sealed.subarray(-tagBytes));
    return decipher.update(sealed.subarray(nonceBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8');
  } catch (cause) {
    throw new RunnerError('STORAGE_CORRUPT', 'A sealed entry of the journal was changed after it was written.', {
      cause,
    });
  }
}

function missingKey(id: string, known: readonly string[]): RunnerError {
  const have = known.length === 0 ? 'there is none at hand' : `those at hand are ${known.join(', ')}`;
  return new RunnerError(
    'JOURNAL_KEY_MISSING',
    `What was recorded is sealed with the journal key ${id}, and ${have}.`,
    {
      hint: 'Add the key that wrote it to the list under "journal_key" in runner.yaml.',
    },
  );
}
