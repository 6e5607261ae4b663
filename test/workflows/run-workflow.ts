import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createBridgeConnector } from '../../src/adapters/connectors/bridge.ts';
import { createHttpConnector } from '../../src/adapters/connectors/http.ts';
import { createRunConnector } from '../../src/adapters/connectors/run.ts';
import { createMemoryBreakers } from '../../src/adapters/memory/breakers.ts';
import { createMemoryCache } from '../../src/adapters/memory/cache.ts';
import { createMemoryJournal } from '../../src/adapters/memory/journal.ts';
import { createMemoryLimits } from '../../src/adapters/memory/limits.ts';
import { createMemoryTelemetry } from '../../src/adapters/memory/telemetry.ts';
import { createClock } from '../../src/adapters/system/clock.ts';
import { currentOwner } from '../../src/adapters/system/owner.ts';
import { newRunId } from '../../src/adapters/system/run-id.ts';
import { randomNumber } from '../../src/adapters/system/random-number.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { RunOutcome } from '../../src/engine/engine.ts';
import { resolveInputs } from '../../src/language/inputs.ts';
import { loadWorkflow } from '../../src/language/load.ts';
import { createSchemaCheck } from '../../src/language/schema-check.ts';
import type { RunEvent, StepEnded } from '../../src/model/events.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Workflow } from '../../src/model/workflow.ts';

const projectRoot = new URL('../../', import.meta.url).pathname;

export interface FinishedRun extends RunOutcome {
  /** The ends of the steps, in order. */
  readonly steps: readonly StepEnded[];
}

/** A workflow of this project's folder `workflows`, checked. */
export async function loadProjectWorkflow(name: string): Promise<Workflow> {
  const file = join('workflows', `${name}.yaml`);
  const { workflow, diagnostics } = await loadWorkflow(await readFile(join(projectRoot, file)), { file });
  if (workflow === undefined)
    throw new Error(diagnostics.map(({ line, message }) => `${file}:${line} ${message}`).join('\n'));
  return workflow;
}

/** Runs it to its end with real connectors, against the bridge at `bridgeUrl`. */
export async function runProjectWorkflow(name: string, given: JsonObject, bridgeUrl: string): Promise<FinishedRun> {
  const workflow = await loadProjectWorkflow(name);
  const { inputs, problems } = await resolveInputs(workflow.inputs, given);
  if (inputs === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const events: RunEvent[] = [];
  const bridge = createBridgeConnector({ url: bridgeUrl });
  const engine = engineWith(bridge);
  engine.onEvents((_run, more) => events.push(...more));
  const request = { id: newRunId(Date.now(), randomNumber), workflow, source: '', inputs };
  const handle = await engine.start({ ...request, options: { dryRun: false, cache: true } });
  const outcome = await handle.done;
  bridge.close();
  return { ...outcome, steps: events.filter((event): event is StepEnded => event.type === 'step.ended') };
}

function engineWith(tool: ReturnType<typeof createBridgeConnector>): Engine {
  const clock = createClock();
  return new Engine({
    journal: createMemoryJournal({ isAlive: () => true, clock }),
    telemetry: createMemoryTelemetry(),
    cache: createMemoryCache(),
    breakers: createMemoryBreakers(),
    limits: createMemoryLimits(),
    clock,
    random: randomNumber,
    connectors: {
      tool,
      http: createHttpConnector({ allowHosts: [], schemaCheck: createSchemaCheck() }),
      run: createRunConnector({ cwd: projectRoot }),
    },
    owner: currentOwner(),
    space: '',
    inFlight: 10,
    env: {},
  });
}
