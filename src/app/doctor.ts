import { accessSync, constants, existsSync } from 'node:fs';
import type { Diagnostic } from '../model/diagnostics.ts';
import { RunnerError } from '../model/errors.ts';
import type { ToolDescription } from '../model/executions.ts';
import { openApp } from './app.ts';
import type { App, AppOptions } from './app.ts';
import { listBreakers } from './breakers.ts';
import { reportCache } from './cache.ts';
import type { Checkup } from './checkup.ts';
import { InvalidFileError } from './invalid-file-error.ts';
import { examineLock } from './lock/examine-lock.ts';
import type { CheckedFile } from './project-workflow.ts';
import { openToolServers, theBridge } from './tool-servers.ts';
import type { CatalogueReading } from './tool-servers.ts';
import { configurationWarnings, validateFiles } from './validate.ts';
import { runnerVersion } from './version.ts';
import { displayPath } from './workflow-files.ts';

const listTimeoutMs = 10_000;

/**
 * Looks at everything that a run needs. Changes nothing but what opening the storage creates.
 * @param onOpen is given the app as soon as its configuration is known
 */
export async function examine(options: AppOptions, onOpen: (app: App) => void): Promise<readonly Checkup[]> {
  const findings: Checkup[] = [checkNode()];
  const app = await openApp(options).catch((error: unknown) => {
    findings.push(failed('configuration', error));
    return undefined;
  });
  if (!app) return findings;
  onOpen(app);
  try {
    findings.push(
      describeConfiguration(app),
      ...(await checkStorage(app)),
      await checkCache(app),
      await checkLimits(app),
      ...(await checkTools(app)),
    );
    findings.push(...(await checkWorkflows(app)));
    return findings;
  } finally {
    await app.close();
  }
}

function checkNode(): Checkup {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const text = `Node ${process.versions.node}, Runner ${runnerVersion}`;
  if (major > 20 || (major === 20 && minor >= 19)) return { subject: 'node', verdict: 'ok', text };
  return { subject: 'node', verdict: 'fail', text, remedy: 'Install Node 20.19 or newer.' };
}

function describeConfiguration({ configuration, cwd }: App): Checkup {
  const { project, environment } = configuration;
  if (project.configFile !== undefined) {
    const file = displayPath(project.configFile, cwd);
    const text = environment === undefined ? file : `${file}, environment ${environment}`;
    return { subject: 'configuration', verdict: 'ok', text };
  }
  return {
    subject: 'configuration',
    verdict: 'warn',
    text: `no runner.yaml; the project is ${project.root}`,
    remedy: 'Put a runner.yaml at the root of the project, so that commands find it from every folder below.',
  };
}

async function checkStorage(app: App): Promise<readonly Checkup[]> {
  const { home } = app.configuration;
  const isNew = !existsSync(home);
  try {
    const journal = await app.stores.journal();
    journal.list({ limit: 1 });
    const telemetry = await app.stores.telemetry();
    telemetry.metrics();
    accessSync(home, constants.W_OK);
    const trouble = telemetry.health();
    const storage: Checkup =
      trouble === undefined
        ? { subject: 'storage', verdict: 'ok', text: `${displayPath(home, app.cwd)}${isNew ? ' (new)' : ''}` }
        : { subject: 'storage', verdict: 'warn', text: trouble, remedy: 'Runs are not harmed; see docs/errors.md.' };
    return [{ subject: 'sqlite', verdict: 'ok', text: `SQLite ${await app.stores.sqliteVersion()}` }, storage];
  } catch (error) {
    return [failed('storage', error)];
  }
}

async function checkCache(app: App): Promise<Checkup> {
  try {
    const { isOn, because, trouble, shared, entries } = await reportCache(app);
    const remedy = 'Runs are not harmed, they only call more often; see docs/cache.md.';
    if (trouble !== undefined) return { subject: 'cache', verdict: 'warn', text: trouble, remedy };
    if (shared?.trouble !== undefined) {
      return { subject: 'cache', verdict: 'warn', text: `${shared.place}: ${shared.trouble}`, remedy };
    }
    const where = shared === undefined ? '' : `, shared through ${shared.place}`;
    return {
      subject: 'cache',
      verdict: 'ok',
      text: isOn ? `${entries} ${entries === 1 ? 'result' : 'results'}${where}` : `off (${because})`,
    };
  } catch (error) {
    return failed('cache', error);
  }
}

async function checkLimits(app: App): Promise<Checkup> {
  const limits = await app.stores.limits();
  // Reading alone would not tell that nothing can be written.
  limits.breakers.update('', (circuit) => circuit);
  const open = (await listBreakers(app)).filter(({ state }) => state !== 'closed');
  const trouble = limits.health();
  if (trouble !== undefined) {
    const remedy = 'Each process keeps to the limits by itself where they cannot be shared; see docs/limits.md.';
    return { subject: 'limits', verdict: 'warn', text: trouble, remedy };
  }
  if (open.length === 0) return { subject: 'limits', verdict: 'ok', text: 'no circuit is open' };
  const keys = [...new Set(open.map(({ key }) => key))].join(', ');
  return { subject: 'limits', verdict: 'ok', text: `open circuits: ${keys} (see: runner breakers)` };
}

async function checkTools(app: App): Promise<readonly Checkup[]> {
  const { bridge, mcpServers } = app.configuration;
  if (bridge.kind === 'none' && mcpServers.length === 0) return [withoutTools];
  const { readings, down } = await readTools(app);
  const tools = readings.flatMap((each) => each.tools);
  const check = (source: ToolSource): Checkup => {
    const problem = down.find(({ server }) => server === source.server);
    if (problem !== undefined) return failed(source.subject, problem.error);
    const count = tools.filter(source.isOurs).length;
    return { subject: source.subject, verdict: 'ok', text: `${source.title} offers ${count} tools` };
  };
  const names = new Set(mcpServers.map(({ name }) => name));
  const servers = [...names].map((name): ToolSource => {
    return { subject: 'server', server: name, title: name, isOurs: ({ server }) => server === name };
  });
  const lock = await checkLock(app, tools);
  if (bridge.kind === 'none') return [...servers.map(check), ...lock];
  const title = `${bridge.kind === 'sandbox' ? 'the sandbox' : bridge.url} (from ${bridge.from})`;
  const isOurs = ({ server }: ToolDescription): boolean => !names.has(server);
  return [check({ subject: 'bridge', server: theBridge, title, isOurs }), ...servers.map(check), ...lock];
}

async function checkLock(app: App, tools: readonly ToolDescription[]): Promise<readonly Checkup[]> {
  try {
    const checkup = await examineLock(app, tools);
    return checkup === undefined ? [] : [checkup];
  } catch (error) {
    return [failed('lock', error)];
  }
}

interface ToolSource {
  readonly subject: 'bridge' | 'server';
  readonly server: string;
  readonly title: string;
  readonly isOurs: (tool: ToolDescription) => boolean;
}

const withoutTools: Checkup = {
  subject: 'bridge',
  verdict: 'warn',
  text: 'no bridge is configured; tool steps cannot run',
  remedy: 'Set MCP_BRIDGE_URL and MCP_API_KEY, or "bridge" or "mcpServers" in runner.yaml.',
};

async function readTools(app: App): Promise<CatalogueReading> {
  const servers = openToolServers(app.configuration);
  try {
    return await servers.list(AbortSignal.timeout(listTimeoutMs));
  } finally {
    await servers.close();
  }
}

async function checkWorkflows(app: App): Promise<readonly Checkup[]> {
  try {
    const files = await validateFiles(app, []);
    return [verdictOf(files), ...(await configurationWarnings(app, files)).map(warningOf)];
  } catch (error) {
    return [{ ...failed('workflows', error), verdict: 'warn' }];
  }
}

function verdictOf(files: readonly CheckedFile[]): Checkup {
  const bad = files.filter(({ workflow }) => workflow === undefined).map(({ file }) => file);
  if (bad.length === 0) return { subject: 'workflows', verdict: 'ok', text: `${files.length} checked, all can run` };
  const text = `${bad.length} of ${files.length} cannot run: ${bad.join(', ')}`;
  return { subject: 'workflows', verdict: 'fail', text, remedy: 'See why with: runner validate' };
}

function warningOf({ file, line, message, hint }: Diagnostic): Checkup {
  const text = `${file}:${line} ${message}`;
  return { subject: 'configuration', verdict: 'warn', text, ...(hint !== undefined && { remedy: hint }) };
}

function failed(subject: Checkup['subject'], error: unknown): Checkup {
  if (!(error instanceof RunnerError)) throw error;
  const first = error instanceof InvalidFileError ? error.diagnostics[0] : undefined;
  const text = first ? `${error.message} Line ${first.line}: ${first.message}` : error.message;
  const remedy = error.hint ?? first?.hint;
  return { subject, verdict: 'fail', text, ...(remedy === undefined ? {} : { remedy }) };
}
