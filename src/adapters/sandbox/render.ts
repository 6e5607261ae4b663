import type { Json, JsonObject } from '../../model/json.ts';
import type { SqlRow } from './database.ts';
import { numberOf, optionalTextOf, parameters, textOf } from './parameters.ts';
import { relapseMs, serviceFromRow, stateOf } from './service-state.ts';
import type { Service } from './service-state.ts';
import { addLogLine, isoTime, nextNumber, outOfMemory, unreachable } from './state.ts';
import { ToolRefusal } from './tool.ts';
import type { SandboxTool, World } from './tool.ts';

const serviceId = { type: 'string', pattern: '^srv-', description: 'Id of the service, such as srv-demo.' };
const deployId = { type: 'string', pattern: '^dep-', description: 'Id of the deploy, such as dep-1001.' };
const common = { server: 'render', keptIn: 'state' } as const;

export const renderTools: readonly SandboxTool[] = [
  {
    ...common,
    name: 'render_list_services',
    description: 'Lists all services with their state.',
    parameters: parameters({}),
    perform: (_params, world) =>
      world.database.all('SELECT * FROM services ORDER BY id', []).map((row) => show(serviceFromRow(row), world)),
  },
  {
    ...common,
    name: 'render_get_service',
    description: 'A service and its state: live, unhealthy, restarting, deploying or suspended.',
    parameters: parameters({ serviceId }),
    perform: (params, world) => show(findService(params, world), world),
  },
  {
    ...common,
    name: 'render_get_logs',
    description: "The last lines of a service's log, oldest first.",
    parameters: parameters({ serviceId }, { lines: { type: 'integer', minimum: 1, maximum: 1_000 } }),
    perform: logs,
  },
  {
    ...common,
    name: 'render_restart_service',
    description: 'Restarts a service; it is live some seconds later.',
    parameters: parameters({ serviceId }),
    perform: restart,
  },
  {
    ...common,
    name: 'render_trigger_deploy',
    description: 'Deploys a service; its status moves on by itself until it is live or build_failed.',
    parameters: parameters(
      { serviceId },
      { commitId: { type: 'string', minLength: 1 }, clearCache: { type: 'boolean' } },
    ),
    perform: deploy,
  },
  {
    ...common,
    name: 'render_get_deploy_status',
    description: 'A deploy and its status: build_in_progress, update_in_progress, live or build_failed.',
    parameters: parameters({ serviceId, deployId }),
    perform: deployStatus,
  },
  {
    ...common,
    name: 'render_list_deploys',
    description: 'Lists the deploys of a service, newest first.',
    parameters: parameters({ serviceId }, { limit: { type: 'integer', minimum: 1, maximum: 100 } }),
    perform: listDeploys,
  },
  {
    ...common,
    name: 'render_suspend_service',
    description: 'Takes a service out of service until it is resumed.',
    parameters: parameters({ serviceId }),
    perform: (params, world) => suspend(params, world, true),
  },
  {
    ...common,
    name: 'render_resume_service',
    description: 'Puts a suspended service back into service.',
    parameters: parameters({ serviceId }),
    perform: (params, world) => suspend(params, world, false),
  },
];

function findService(params: JsonObject, { database }: World): Service {
  const id = textOf(params, 'serviceId');
  const [row] = database.all('SELECT * FROM services WHERE id = ?', [id]);
  if (row !== undefined) return serviceFromRow(row);
  const known = database.all('SELECT id FROM services ORDER BY id', []).map((other) => String(other['id']));
  throw new ToolRefusal(404, `There is no service "${id}" in the sandbox. There are: ${known.join(', ')}.`);
}

function show(service: Service, world: World): Json {
  const state = stateOf(service, world);
  if (state === 'live') noteSeenLive(service, world);
  return {
    id: service.id,
    name: service.name,
    type: 'web_service',
    state,
    repo: service.repo,
    branch: service.branch,
    url: `https://${service.name}.example.com`,
    restarts: service.restarts,
  };
}

function noteSeenLive(service: Service, { database, now, ...world }: World): void {
  if (service.nature === 'steady' || service.seenLiveAt !== null) return;
  database.run('UPDATE services SET seen_live_at = ? WHERE id = ?', [now, service.id]);
  const relapseAt = now + relapseMs({ database, now, ...world });
  addLogLine(database, [service.id, relapseAt, 'error', outOfMemory]);
  addLogLine(database, [service.id, relapseAt, 'warn', unreachable]);
}

// The end of a sandbox brings the relapse forward, and what the log was to say about it.
function catchUpLog(service: Service, world: World): void {
  if (stateOf(service, world) !== 'unhealthy') return;
  const { database, now } = world;
  database.run('UPDATE service_logs SET at = ? WHERE service = ? AND at > ?', [now, service.id, now]);
}

function logs(params: JsonObject, world: World): Json {
  const service = findService(params, world);
  catchUpLog(service, world);
  const rows = world.database.all(
    'SELECT at, level, text FROM service_logs WHERE service = ? AND at <= ? ORDER BY at DESC, number DESC LIMIT ?',
    [service.id, world.now, numberOf(params, 'lines', 100)],
  );
  const lines = rows.toReversed().map((row) => ({
    at: isoTime(Number(row['at'])),
    level: String(row['level']),
    text: String(row['text']),
  }));
  return { service_id: service.id, lines };
}

function restart(params: JsonObject, world: World): Json {
  const service = findService(params, world);
  refuseSuspended(service);
  if (service.nature === 'needs_deploy') {
    throw new ToolRefusal(409, `Service "${service.id}" has no instance that could be restarted; deploy it instead.`);
  }
  world.database.run('UPDATE services SET restarts = restarts + 1 WHERE id = ?', [service.id]);
  recover(service, world, 'restarting');
  return { id: service.id, state: 'restarting', requested_at: isoTime(world.now) };
}

function deploy(params: JsonObject, world: World): Json {
  const service = findService(params, world);
  refuseSuspended(service);
  const number = nextNumber(world.database, 'deploy');
  const commit = optionalTextOf(params, 'commitId');
  world.database.run('INSERT INTO deploys (number, service, commit_id, created_at, done_at) VALUES (?, ?, ?, ?, ?)', [
    number,
    service.id,
    commit,
    world.now,
    world.now + world.recoveryMs,
  ]);
  recover(service, world, 'deploying');
  return { id: `dep-${number}`, service_id: service.id, commit, status: 'build_in_progress' };
}

function recover(service: Service, world: World, phase: 'restarting' | 'deploying'): void {
  const { database, now, recoveryMs } = world;
  catchUpLog(service, world);
  database.run('UPDATE services SET phase = ?, recovers_at = ?, seen_live_at = NULL WHERE id = ?', [
    phase,
    now + recoveryMs,
    service.id,
  ]);
  database.run('DELETE FROM service_logs WHERE service = ? AND at > ?', [service.id, now]);
  addLogLine(database, [service.id, now, 'info', phase === 'restarting' ? 'Restart requested' : 'Deploy started']);
  addLogLine(database, [service.id, now + Math.round(recoveryMs / 2), 'info', 'Listening on port 10000']);
  if (service.nature === 'lost') {
    addLogLine(database, [service.id, now + recoveryMs, 'error', outOfMemory]);
  } else {
    addLogLine(database, [service.id, now + recoveryMs, 'info', 'Health check GET /health passed; service is live']);
  }
}

function refuseSuspended(service: Service): void {
  if (!service.suspended) return;
  throw new ToolRefusal(409, `Service "${service.id}" is suspended; resume it with render_resume_service first.`);
}

function suspend(params: JsonObject, world: World, suspended: boolean): Json {
  const service = findService(params, world);
  world.database.run('UPDATE services SET suspended = ? WHERE id = ?', [suspended ? 1 : 0, service.id]);
  return { id: service.id, state: stateOf({ ...service, suspended }, world) };
}

function deployStatus(params: JsonObject, world: World): Json {
  const service = findService(params, world);
  const id = textOf(params, 'deployId');
  const [row] = world.database.all('SELECT * FROM deploys WHERE service = ? AND number = ?', [
    service.id,
    Number(id.slice('dep-'.length)),
  ]);
  if (row === undefined) throw new ToolRefusal(404, `Service "${service.id}" has no deploy "${id}".`);
  return showDeploy(row, service, world);
}

function listDeploys(params: JsonObject, world: World): Json {
  const service = findService(params, world);
  const rows = world.database.all('SELECT * FROM deploys WHERE service = ? ORDER BY number DESC LIMIT ?', [
    service.id,
    numberOf(params, 'limit', 20),
  ]);
  return rows.map((row) => showDeploy(row, service, world));
}

function showDeploy(row: SqlRow, service: Service, { now }: World): Json {
  const createdAt = Number(row['created_at']);
  const doneAt = Number(row['done_at']);
  const commit = row['commit_id'];
  return {
    id: `dep-${Number(row['number'])}`,
    service_id: service.id,
    commit: typeof commit === 'string' ? commit : null,
    status: deployPhase({ service, createdAt, doneAt, now }),
    created_at: isoTime(createdAt),
    finished_at: now < doneAt ? null : isoTime(doneAt),
  };
}

function deployPhase(deploy: { service: Service; createdAt: number; doneAt: number; now: number }): string {
  const { service, createdAt, doneAt, now } = deploy;
  if (now < (createdAt + doneAt) / 2) return 'build_in_progress';
  if (service.nature === 'lost') return 'build_failed';
  return now < doneAt ? 'update_in_progress' : 'live';
}
