import { fullName } from '../../model/tool-versions.ts';
import { isManual } from '../../model/manual-work.ts';
import type { CallStep, ToolStep } from '../../model/workflow.ts';
import type { App } from '../app.ts';
import { callsOf } from '../calls-of.ts';
import { checkFile } from '../project-workflow.ts';
import { listWorkflowFiles } from '../workflow-files.ts';

/** A step that calls a tool. */
export interface ToolUse {
  readonly file: string;
  readonly line: number;
  readonly step: string;
  /** Names of the parameters that it gives; absent where they are computed as a whole. */
  readonly params?: readonly string[];
}

export interface UsedTools {
  /** By `server/tool` or `server/tool@version`. */
  readonly uses: ReadonlyMap<string, readonly ToolUse[]>;
  /** Files that cannot be run, so that nobody knows what they call. */
  readonly unread: readonly string[];
}

/** The tools that the project's workflows call, whatever the lock says of them. */
export async function usedTools(app: App): Promise<UsedTools> {
  const unlocked: App = { ...app, configuration: { ...app.configuration, lock: 'ignored' } };
  const uses = new Map<string, ToolUse[]>();
  const unread: string[] = [];
  for (const path of listWorkflowFiles(app.configuration.workflowFolders)) {
    const { file, workflow } = await checkFile(unlocked, path);
    if (workflow === undefined) unread.push(file);
    else {
      for (const step of callsOf(workflow).filter(isToolStep)) {
        const name = fullName(step);
        uses.set(name, [...(uses.get(name) ?? []), useOf(step, file)]);
      }
    }
  }
  return { uses, unread };
}

function isToolStep(step: CallStep): step is ToolStep {
  return step.kind === 'tool' && !isManual(step.tool);
}

function useOf({ key, line, params }: ToolStep, file: string): ToolUse {
  const use = { file, line, step: key };
  if (params.kind === 'object') return { ...use, params: params.entries.map(([name]) => name) };
  if (params.kind === 'literal') return { ...use, params: Object.keys(Object(params.value) as object) };
  return use;
}
