import { runList, runHandler } from '../../src/engine/core/lists.ts';
import { RunState } from '../../src/engine/core/run-state.ts';
import { runStep } from '../../src/engine/core/steps.ts';
import { Undos } from '../../src/engine/core/undos.ts';
import { RunContext } from '../../src/engine/core/context.ts';
import { recordHistory } from '../../src/engine/core/history.ts';
import { evaluateValue } from '../../src/language/expressions/evaluate.ts';
import { isCallStep, type Step } from '../../src/model/workflow.ts';
import { load } from './room.ts';
import { serve } from './serve.ts';

const references = 10;
const evaluations = 20_000;

const source = [
  'name: references',
  'steps:',
  ...Array.from({ length: references }, () => '  - tool: render/create_service'),
  '  - tool: render/update_service',
  '    params:',
  ...Array.from({ length: references }, (_, index) => `      field_${index}: $step_${index + 1}.service.state`),
  '',
].join('\n');

serve(async () => {
  const { workflow } = await load('references', source);
  const history = recordHistory([]);
  const run = new RunState(
    {
      id: 'run',
      workflow,
      inputs: {},
      options: { dryRun: false, cache: true },
      startedAt: 0,
      env: {},
      handles: {},
      fingerprint: () => '',
    },
    history,
    new Undos(history, workflow),
  );
  const context = new RunContext({
    run,
    interpreter: { step: runStep, list: runList, attempt: runList, handler: runHandler },
  });
  for (const [index, step] of workflow.steps.slice(0, references).entries()) keepResult(context, step, index);
  const last = workflow.steps.at(-1);
  if (last === undefined || !isCallStep(last) || last.kind !== 'tool') throw new Error('The last step is a call.');
  const before = process.cpuUsage();
  for (let count = 0; count < evaluations; count += 1) void evaluateValue(last.params, context, 'params');
  const { user, system } = process.cpuUsage(before);
  return { cpuUs: (user + system) / evaluations };
});

function keepResult(context: RunContext, step: Step, index: number): void {
  const output = { id: `srv-${index}`, service: { state: 'live', url: 'https://example.com' } };
  const { key, kind } = step;
  context.keepEnd(step, {
    type: 'step.ended',
    at: 0,
    key,
    kind,
    status: 'succeeded',
    attempts: 1,
    durationMs: 1,
    output,
  });
}
