import type { Telemetry } from '../engine/ports.ts';

/** The same telemetry, but for what `changes` does in its place. */
export function telemetryWith(telemetry: Telemetry, changes: Partial<Telemetry>): Telemetry {
  return {
    recordExecution: (execution) => telemetry.recordExecution(execution),
    recordLog: (line) => telemetry.recordLog(line),
    executions: (filter) => telemetry.executions(filter),
    logs: (run) => telemetry.logs(run),
    metrics: (filter) => telemetry.metrics(filter),
    storeCatalogue: (readings, at) => telemetry.storeCatalogue(readings, at),
    catalogue: (sources, only) => telemetry.catalogue(sources, only),
    forget: (runs) => telemetry.forget(runs),
    health: () => telemetry.health(),
    flush: () => telemetry.flush(),
    close: () => telemetry.close(),
    ...changes,
  };
}
