import type { Workflow } from './workflow.ts';

/** A workflow and all that a run of it can start. */
export function familyOf(workflow: Workflow): readonly Workflow[] {
  return [workflow, ...Object.values(workflow.children ?? {}).filter(({ name }) => name !== workflow.name)];
}

/** Names of the secrets that a run and those that it starts may use. */
export function secretsOf(workflow: Workflow): readonly string[] {
  return [...new Set(familyOf(workflow).flatMap(({ secrets = [] }) => secrets))];
}
