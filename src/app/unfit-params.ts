import type { ToolAction } from '../model/actions.ts';
import type { Fault } from '../model/faults.ts';
import type { SchemaViolation } from '../model/schema-check.ts';
import { fullName } from '../model/tool-versions.ts';

/** The refusal of a call whose parameters are not what its tool takes; undefined where they are. */
export function unfitParams(
  action: ToolAction,
  violations: readonly SchemaViolation[],
  hint: string,
): Fault | undefined {
  if (violations.length === 0) return undefined;
  return {
    kind: 'invalid_params',
    message: `${fullName(action)}: ${violations.map(told).join('; ')}. It was not called.`,
    outcome: 'not_executed',
    transient: false,
    hint,
  };
}

function told({ path, message }: SchemaViolation): string {
  return path === '' ? message : `${path} ${message}`;
}
