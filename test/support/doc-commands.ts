import { readFile } from 'node:fs/promises';

/** A command of a page, as a reader would type it. */
export interface DocCommand {
  readonly line: number;
  readonly text: string;
  /** What must be there before, said by `<!-- given: … -->` above the block. */
  readonly given?: string;
  /** Exit code, 0 unless `<!-- ends with: n -->` above the block says otherwise. */
  readonly exit: number;
}

/**
 * The commands of all `sh` blocks of a page: lines that begin with `$ `, or, in a block without such lines, every line
 * in which `runner` is called (what npm is asked to do is for the tests of the package). Comments above a block say what it needs; `<!-- not executed: why -->` leaves it out.
 */
export async function commandsOf(page: URL): Promise<readonly DocCommand[]> {
  const lines = (await readFile(page, 'utf8')).split('\n');
  const commands: DocCommand[] = [];
  let notes = new Map<string, string>();
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const note = /^<!-- (given|ends with|not executed): (.*?) -->$/.exec(line);
    if (note) notes.set(note[1] ?? '', note[2] ?? '');
    else if (line.startsWith('```')) {
      const end = lines.indexOf('```', index + 1);
      if (/^```(?:sh|bash|console)$/.test(line) && !notes.has('not executed')) {
        commands.push(...commandsOfBlock(lines.slice(index + 1, end), index + 2, notes));
      }
      notes = new Map();
      index = end;
    }
  }
  return commands;
}

function commandsOfBlock(lines: readonly string[], first: number, notes: ReadonlyMap<string, string>): DocCommand[] {
  const isSession = lines.some((line) => line.startsWith('$ '));
  const given = notes.get('given');
  const shared = { exit: Number(notes.get('ends with') ?? 0), ...(given === undefined ? {} : { given }) };
  return joinContinued(lines).flatMap(({ text, offset }) => {
    const command = isSession ? /^\$ (.*)$/s.exec(text)?.[1] : /^(?!#|npm ).*\brunner\b/s.test(text) ? text : undefined;
    return command === undefined ? [] : [{ ...shared, line: first + offset, text: command }];
  });
}

/** Lines that end in a backslash go on in the next one. */
function joinContinued(lines: readonly string[]): { readonly text: string; readonly offset: number }[] {
  const joined: { text: string; offset: number }[] = [];
  let isOpen = false;
  for (const [offset, line] of lines.entries()) {
    const last = joined.at(-1);
    if (isOpen && last) last.text += `\n${line}`;
    else joined.push({ text: line, offset });
    isOpen = line.endsWith('\\');
  }
  return joined;
}
