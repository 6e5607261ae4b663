import { allSteps } from '../../model/block-bodies.ts';
import { contractChanges } from '../../model/contract-changes.ts';
import type { ToolLock } from '../../model/tool-contract.ts';
import type { Step, Workflow } from '../../model/workflow.ts';
import type { App } from '../app.ts';
import { lockFileName } from '../lock/project-lock.ts';
import type { RunDetails } from '../runs.ts';

const mostTexts = 6;

/** How the tools of a workflow differ between the locks of two commits; empty where that cannot be known. */
export async function toolChanges(app: App, before: RunDetails, now: RunDetails): Promise<readonly string[]> {
  const [from, to] = [before.record.commit, now.record.commit];
  if (from === undefined || to === undefined || from === to || !now.workflow) return [];
  const [old, present] = await Promise.all([lockAt(app, from), lockAt(app, to)]);
  if (!old || !present) return [];
  const texts = toolsOf(now.workflow).flatMap((name) => {
    const [former, current] = [old[name], present[name]];
    if (!former || !current || former.hash === current.hash) return [];
    return contractChanges(former, current).map(
      ({ text, breaking }) => `${name}: ${text}${breaking ? ' (breaking)' : ''}`,
    );
  });
  return texts.length > mostTexts ? [...texts.slice(0, mostTexts), `and ${texts.length - mostTexts} more`] : texts;
}

async function lockAt({ configuration }: App, commit: string): Promise<ToolLock | undefined> {
  const [{ fileAtCommit }, { readLock }] = await Promise.all([
    import('../../adapters/system/git-file.ts'),
    import('../../language/lock/read-lock.ts'),
  ]);
  const text = await fileAtCommit(configuration.project.root, commit, lockFileName);
  if (text === undefined) return undefined;
  const reading = await readLock(text);
  return reading.ok ? reading.lock : undefined;
}

function toolsOf(workflow: Workflow): readonly string[] {
  return [...new Set(allSteps(workflow).flatMap(toolOf))];
}

function toolOf(step: Step): readonly string[] {
  if (step.kind !== 'tool') return [];
  return [`${step.server}/${step.tool}${step.version === undefined ? '' : `@${step.version}`}`];
}
