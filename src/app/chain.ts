import type { Json, JsonObject } from '../model/json.ts';
import { RunnerError } from '../model/errors.ts';
import type { Value } from '../model/values.ts';
import type { Step } from '../model/workflow.ts';
import type { ActiveRun, RunObserver } from './active-run.ts';
import type { App } from './app.ts';
import { readInputs } from './inputs.ts';
import { InvalidFileError } from './invalid-file-error.ts';
import { checkText, toolServersOf } from './project-workflow.ts';
import type { ProjectWorkflow } from './project-workflow.ts';
import { startRun } from './run-workflow.ts';
import type { RunRequest } from './run-workflow.ts';
import { requireServers } from './tool-servers.ts';

export interface ChainRequest {
  /** As a workflow is named. */
  readonly name: string;
  /** Tool steps as a file has them. */
  readonly steps: readonly JsonObject[];
  /** Values that steps name as `$name`; they are never read as references themselves. */
  readonly inputs: JsonObject;
  readonly failFast: boolean;
  readonly cache: boolean;
  readonly room?: RunRequest['room'];
}

/**
 * Runs tools one after another as a workflow that no file holds, with the checks, the journal and the policies of any
 * other: its text is kept with the run, so a run that was interrupted can be resumed.
 * @throws InvalidFileError WORKFLOW_INVALID, WORKFLOW_UNSUPPORTED; RunnerError USAGE, BRIDGE_MISSING, STORAGE_*
 */
export async function runChain(app: App, request: ChainRequest, observer: RunObserver): Promise<ActiveRun> {
  const { workflow, source } = await compileChain(app, request);
  const given = Object.entries(request.inputs).map(([name, value]) => ({ name, value }));
  const inputs = await readInputs(workflow, given);
  requireServers(app.configuration, toolServersOf(workflow, app.configuration.tools));
  const { cache, room } = request;
  return startRun(app, { workflow, source, inputs, dryRun: false, cache, room }, observer);
}

async function compileChain(app: App, { name, steps, inputs, failFast }: ChainRequest): Promise<ProjectWorkflow> {
  // JSON is YAML: a chain goes the way of every file.
  const source = textOf(name, {
    name,
    fail_fast: failFast,
    inputs: Object.fromEntries(Object.keys(inputs).map((input) => [input, {}])),
    steps,
  });
  const checked = await checkText(app, { file: `chain/${name}`, bytes: new TextEncoder().encode(source) });
  const { workflow, diagnostics } = checked;
  if (workflow === undefined) {
    const isWrong = diagnostics.some(({ severity }) => severity === 'error');
    const found = diagnostics.map(({ message, hint }) => [message, hint].filter(Boolean).join(' ')).join('\n');
    const code = isWrong ? 'WORKFLOW_INVALID' : 'WORKFLOW_UNSUPPORTED';
    throw new InvalidFileError(code, `The chain "${name}" cannot be run:\n${found}`, diagnostics);
  }
  workflow.steps.forEach(refuseExpressions);
  return { workflow, source, warnings: diagnostics };
}

/** Programs compute in their own language, so text of theirs can never become code of a second one. */
function refuseExpressions(step: Step): void {
  const values = step.kind === 'tool' ? [step.params] : [];
  if (!values.some(isComputed)) return;
  throw new RunnerError('WORKFLOW_INVALID', `A chain takes no \${{ … }}, but "${step.key}" holds one.`, {
    hint: 'Refer to results by path ($step_1.id), compute in the program, or write a workflow file.',
  });
}

function isComputed(value: Value): boolean {
  switch (value.kind) {
    case 'literal':
    case 'path':
      return false;
    case 'expression':
      return true;
    case 'template':
      return value.parts.some((part) => typeof part !== 'string' && isComputed(part));
    case 'list':
      return value.items.some(isComputed);
    case 'object':
      return value.entries.some(([, each]) => isComputed(each));
  }
}

function textOf(name: string, chain: { readonly [key: string]: Json }): string {
  try {
    return `${JSON.stringify(chain, undefined, 2)}\n`;
  } catch (cause) {
    throw new RunnerError('USAGE', `The chain "${name}" holds a value that JSON cannot carry.`, { cause });
  }
}
