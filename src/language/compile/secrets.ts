import type { PathValue } from '../../model/values.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { Place } from '../findings.ts';
import type { MapNode } from '../yaml/tree.ts';
import { child, itemsOf, textOf } from '../yaml/tree.ts';
import type { Loading, Site } from './loading.ts';

/** The secrets that a workflow lists; each must be one of the project's. */
export function secretNamesOf(root: MapNode, { facts, findings }: Loading): readonly string[] {
  const listed = itemsOf(child(root, 'secrets'));
  for (const item of listed) {
    const name = textOf(item);
    if (name === undefined || facts.secretNames === undefined || facts.secretNames.includes(name)) continue;
    const near = didYouMean(name, facts.secretNames);
    const hint =
      near === undefined
        ? `Define it in runner.yaml: \`secrets: { ${name}: { env: ${name} } }\`.`
        : `Did you mean \`${near}\`?`;
    findings.error('SECRET_UNKNOWN', item, `The project defines no secret \`${name}\`.`, hint);
  }
  return [...new Set(listed.flatMap((item) => textOf(item) ?? []))];
}

/** A reference to a secret: whole, listed by the file, and in a place where it is sent and not shown. */
export function checkSecret(path: PathValue, site: Site, at: () => Place): void {
  const { findings, survey } = site.loading;
  const [first, ...more] = path.steps;
  const name = first !== undefined && 'field' in first ? first.field : undefined;
  if (name === undefined)
    return findings.error('SECRET_NOT_DECLARED', at(), '`$secrets` is read name by name, as `$secrets.NAME`.');
  if (!survey.secrets.has(name)) {
    const near = didYouMean(name, survey.secrets);
    const hint =
      near === undefined ? `Add \`${name}\` under \`secrets\` of this file.` : `Did you mean \`$secrets.${near}\`?`;
    return findings.error('SECRET_NOT_DECLARED', at(), `This workflow does not declare the secret \`${name}\`.`, hint);
  }
  if (more.length > 0 || path.list) return refuseComputed(site, at(), name);
  if (site.secrets === 'argument') {
    const message = `\`$secrets.${name}\` cannot be an argument: everybody on the machine sees the arguments of a command.`;
    findings.error('SECRET_MISPLACED', at(), message, `Give it in \`env: { ${name}: $secrets.${name} }\`.`);
  } else if (site.secrets === undefined) {
    findings.error('SECRET_MISPLACED', at(), misplaced(name), wayOut);
  }
}

/** An expression sees no value, so there is nothing that it could compute. */
export function refuseComputedSecret(text: string, site: Site, at: (needle: string) => Place): void {
  const [whole = '$secrets', name] = /\$secrets(?:\.([A-Za-z_]\w*))?/.exec(text) ?? [];
  refuseComputed(site, at(whole), name ?? 'NAME');
}

function refuseComputed(site: Site, place: Place, name: string): void {
  const message = `An expression may not compute with a secret: \`$secrets.${name}\` is a handle, and its value is only known to the call.`;
  const hint = `Use it whole: \`$secrets.${name}\`, or inside a text, as in \`Bearer \${secrets.${name}}\`.`;
  site.loading.findings.error('SECRET_COMPUTED', place, message, hint);
}

function misplaced(name: string): string {
  return `\`$secrets.${name}\` cannot stand here, where it would be shown or written down.`;
}

const wayOut =
  'It may stand in `params`, in `url`, `query`, `headers`, `auth` and the body of `http`, in `env` of `run`, and in `set`.';
