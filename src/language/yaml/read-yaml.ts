import type { Findings } from '../findings.ts';
import { readPlainYaml } from './plain-reader.ts';
import type { Node } from './tree.ts';

/**
 * The tree of a file that holds exactly one YAML document within the bounds of `limits`; undefined, with findings,
 * when there is none. The YAML library is loaded only for what the plain reader leaves to it.
 */
export async function readYaml(findings: Findings): Promise<Node | undefined> {
  const tree = readPlainYaml(findings.text);
  if (tree !== undefined) return tree;
  const { parseYaml } = await import('./parse-yaml.ts');
  return parseYaml(findings);
}
