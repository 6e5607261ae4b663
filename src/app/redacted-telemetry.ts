import type { Telemetry } from '../engine/ports.ts';
import type { Execution } from '../model/executions.ts';
import type { Redactor } from '../model/redaction.ts';
import { telemetryWith } from './telemetry-with.ts';

/** The same telemetry, but nothing that the redactor knows is ever written. */
export function redactedTelemetry(telemetry: Telemetry, redactor: Redactor): Telemetry {
  return telemetryWith(telemetry, {
    recordExecution: (execution) => telemetry.recordExecution(redactExecution(execution, redactor)),
    recordLog: (line) => telemetry.recordLog({ ...line, text: redactor.text(line.text) }),
  });
}

function redactExecution(execution: Execution, redactor: Redactor): Execution {
  const params = redactor.json(execution.params);
  if (params === execution.params && !execution.error) return execution;
  if (!execution.error) return { ...execution, params };
  return { ...execution, params, error: { ...execution.error, message: redactor.text(execution.error.message) } };
}
