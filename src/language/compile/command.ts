import type { RunStep } from '../../model/workflow.ts';
import type { MapNode } from '../yaml/tree.ts';
import { child, itemsOf, placeOf, sourceOffset, textOf } from '../yaml/tree.ts';
import type { Site } from './loading.ts';
import { asText, objectOf, valueOf } from './texts.ts';

type Command = Pick<RunStep, 'script' | 'shell' | 'args' | 'env' | 'cwd'>;

/** The command of a `run` step, whose text is never filled in: values come in through `env` and `args`. */
export function commandOf(step: MapNode, site: Site): Command | undefined {
  const script = textOf(child(step, 'run'));
  const folder = child(step, 'cwd');
  const cwd = folder && valueOf(folder, site);
  const env = objectOf(child(step, 'env'), { ...site, secrets: 'taken' });
  const args = itemsOf(child(step, 'args')).flatMap((item) => {
    const value = valueOf(item, { ...site, secrets: 'argument' });
    return value === undefined ? [] : [asText(value)];
  });
  if (script === undefined) return undefined;
  checkScript(step, script, new Set(env.entries.map(([name]) => name)), site);
  return { script, shell: textOf(child(step, 'shell')) === 'bash' ? 'bash' : 'sh', args, env, ...(cwd && { cwd }) };
}

/** A `$name` that the shell does not know would silently be empty. */
function checkScript(step: MapNode, script: string, set: ReadonlySet<string>, site: Site): void {
  const node = child(step, 'run');
  if (node?.kind !== 'scalar') return;
  const { findings } = site.loading;
  const report = (found: RegExpMatchArray, message: string, hint: string): void => {
    const start = sourceOffset(node, findings.text, found.index ?? 0);
    const place = start === undefined ? placeOf(node) : { start, end: start + found[0].length };
    findings.error('RUN_NOT_FILLED_IN', place, message, hint);
  };
  for (const found of script.matchAll(/\$\{\{/g)) {
    report(
      found,
      'A command is never filled in, so this reaches the shell as it is.',
      'Put the value into `env`, and use `"$NAME"` here.',
    );
  }
  if (script.includes('${{')) return;
  for (const found of script.matchAll(/\$\{?([A-Za-z_]\w*)/g)) {
    const name = found[1] ?? '';
    if (set.has(name) || site.scope.lookup(name) === undefined) continue;
    const message = `A command is never filled in: the shell has no \`$${name}\`, because \`env\` does not set it.`;
    report(found, message, `Add \`env: { ${name}: $${name} }\`.`);
  }
}
