/** What a call does to the world, and so whether it may be repeated, cached, or needs a person after a crash. */
export type EffectClass = 'read' | 'idempotent' | 'write';

const readingWords = new Set(['get', 'list', 'search', 'read', 'describe', 'find', 'count']);
const writingWords = new Set(
  (
    'add alter append apply approve archive assign attach block build cancel charge clear close commit copy create cut ' +
    'deactivate delete deploy destroy detach disable drop edit emit enable exec execute fork grant import insert install ' +
    'invite invoke kill lock merge modify move open patch pause pay post publish purge push put reboot refund register ' +
    'remove rename replace reset resize restart restore resume revoke rollback rotate run save scale send set start stop ' +
    'submit subscribe suspend sync transfer trigger truncate unassign unblock uninstall unlock unsubscribe update upgrade ' +
    'upload upsert write'
  ).split(' '),
);

/**
 * The class that a tool's name alone suggests: read when, after a leading server name, the first word is one of
 * `get list search read describe find count` and no other word is a writing verb; write otherwise.
 */
export function effectByName(server: string, tool: string): EffectClass {
  const words = splitWords(tool);
  const serverWords = splitWords(server);
  const own = serverWords.every((word, index) => words[index] === word) ? words.slice(serverWords.length) : words;
  const [first, ...others] = own;
  if (first === undefined || !readingWords.has(first)) return 'write';
  return others.some((word) => writingWords.has(word)) ? 'write' : 'read';
}

/** GET and HEAD read, PUT and DELETE are idempotent, every other method writes. */
export function effectByMethod(method: string): EffectClass {
  if (method === 'GET' || method === 'HEAD') return 'read';
  return method === 'PUT' || method === 'DELETE' ? 'idempotent' : 'write';
}

function splitWords(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}
