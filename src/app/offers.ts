import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isFinal, runStatuses } from '../model/states.ts';
import type { RunStatus } from '../model/states.ts';
import type { App } from './app.ts';
import { listApprovals } from './approvals.ts';
import { projectCatalogue } from './catalogue/project-catalogue.ts';
import { workflowNames } from './workflow-files.ts';

/** What a shell may ask for while a person types. */
export const offerKinds = [
  'runs',
  'open-runs',
  'left-runs',
  'runs-in-doubt',
  'asking-runs',
  'failed-runs',
  'tools',
  'servers',
  'workflows',
] as const;

export type OfferKind = (typeof offerKinds)[number];

const statusesOf: Partial<Record<OfferKind, readonly RunStatus[]>> = {
  'open-runs': runStatuses.filter((status) => !isFinal(status)),
  'left-runs': ['interrupted', 'queued', 'quarantined', 'paused', 'waiting'],
  'runs-in-doubt': ['needs_attention'],
  'failed-runs': ['failed', 'timed_out', 'cancelled', 'undo_failed'],
};

const mostRuns = 50;

/** The words that fit, best first. Creates nothing where there is nothing yet. @throws RunnerError STORAGE_* */
export async function offersOf(app: App, kind: OfferKind): Promise<readonly string[]> {
  switch (kind) {
    case 'workflows':
      return workflowNames(app.configuration.workflowFolders);
    case 'tools':
      return (await knownTools(app)).map(({ server, name }) => `${server}/${name}`);
    case 'servers':
      return [
        ...new Set([
          ...app.configuration.mcpServers.map(({ name }) => name),
          ...(await knownTools(app)).map(({ server }) => server),
        ]),
      ];
    case 'asking-runs':
      return askingRuns(app);
    case 'runs':
    case 'open-runs':
    case 'left-runs':
    case 'runs-in-doubt':
    case 'failed-runs':
      return runIds(app, statusesOf[kind]);
  }
}

async function askingRuns(app: App): Promise<readonly string[]> {
  if (!existsSync(join(app.configuration.home, 'journal.db'))) return [];
  return [...new Set((await listApprovals(app)).map(({ run }) => run.id))].slice(0, mostRuns);
}

async function runIds(app: App, statuses: readonly RunStatus[] | undefined): Promise<readonly string[]> {
  if (!existsSync(join(app.configuration.home, 'journal.db'))) return [];
  const records = await app.stores.records();
  return records.list({ limit: mostRuns, ...(statuses && { statuses }) }).map(({ id }) => id);
}

/** Of the catalogue as last read: a shell does not wait for the network. */
async function knownTools(app: App): Promise<readonly { readonly server: string; readonly name: string }[]> {
  return (await projectCatalogue(app))?.tools ?? [];
}
