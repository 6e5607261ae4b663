import { accessSync, constants, existsSync } from 'node:fs';
import { RunnerError } from '../model/errors.ts';
import { openApp } from './app.ts';
import type { App, AppOptions } from './app.ts';
import { InvalidFileError } from './invalid-file-error.ts';
import { openToolBridge } from './tool-bridge.ts';
import { validateFiles } from './validate.ts';
import { runnerVersion } from './version.ts';
import { displayPath } from './workflow-files.ts';

/** One finding of the doctor. */
export interface Checkup {
  readonly subject: 'node' | 'configuration' | 'storage' | 'sqlite' | 'bridge' | 'workflows';
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly text: string;
  readonly remedy?: string;
}

const bridgeTimeoutMs = 10_000;

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
    findings.push(describeConfiguration(app), ...(await checkStorage(app)), await checkBridge(app));
    findings.push(await checkWorkflows(app));
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
  const { project } = configuration;
  if (project.configFile !== undefined) {
    return { subject: 'configuration', verdict: 'ok', text: displayPath(project.configFile, cwd) };
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

async function checkBridge(app: App): Promise<Checkup> {
  const { bridge } = app.configuration;
  if (bridge.kind === 'none') {
    return {
      subject: 'bridge',
      verdict: 'warn',
      text: 'no bridge is configured; tool steps cannot run',
      remedy: 'Set MCP_BRIDGE_URL and MCP_API_KEY, or "bridge" in runner.yaml.',
    };
  }
  try {
    const tools = await listTools(app);
    const name = bridge.kind === 'sandbox' ? 'the sandbox' : bridge.url;
    return { subject: 'bridge', verdict: 'ok', text: `${name} (from ${bridge.from}) offers ${tools} tools` };
  } catch (error) {
    return failed('bridge', error);
  }
}

async function listTools(app: App): Promise<number> {
  const bridge = await openToolBridge(app.configuration);
  try {
    return (await bridge.list(AbortSignal.timeout(bridgeTimeoutMs))).length;
  } finally {
    await bridge.close();
  }
}

async function checkWorkflows(app: App): Promise<Checkup> {
  try {
    const files = await validateFiles(app, []);
    const bad = files.filter(({ workflow }) => workflow === undefined).map(({ file }) => file);
    if (bad.length === 0) return { subject: 'workflows', verdict: 'ok', text: `${files.length} checked, all can run` };
    const text = `${bad.length} of ${files.length} cannot run: ${bad.join(', ')}`;
    return { subject: 'workflows', verdict: 'fail', text, remedy: 'See why with: runner validate' };
  } catch (error) {
    return { ...failed('workflows', error), verdict: 'warn' };
  }
}

function failed(subject: Checkup['subject'], error: unknown): Checkup {
  if (!(error instanceof RunnerError)) throw error;
  const first = error instanceof InvalidFileError ? error.diagnostics[0] : undefined;
  const text = first ? `${error.message} Line ${first.line}: ${first.message}` : error.message;
  const remedy = error.hint ?? first?.hint;
  return { subject, verdict: 'fail', text, ...(remedy === undefined ? {} : { remedy }) };
}
