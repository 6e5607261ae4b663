import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesBelow, sightingsOf } from '../support/canaries.ts';
import type { Evidence } from '../support/canaries.ts';
import { canaryEnvironment, canaryFiles, holders, newCanaries } from '../support/canary-project.ts';
import { makeProject } from '../support/cli.ts';
import type { CliProject, CommandResult } from '../support/cli.ts';
import { startParrot } from '../support/parrot/service.ts';
import type { ParrotService } from '../support/parrot/service.ts';
import { startLockedRedis } from '../support/redis-server.ts';

/** What may be asked once there are runs; `RUN` stands for each of them. */
const questions =
  `show RUN|show RUN --json|logs RUN|logs RUN --all|logs RUN --all --json|runs|runs --json|history --limit 100
history --limit 100 --json|metrics|metrics --json|config|config --json|tools sync|tools|tools --json|tools explain near/echo
tools explain far/echo --json|doctor|doctor --json|breakers|breakers --json|budgets|budgets --json|costs|costs --json
manual|manual --json|cache stats|cache stats --json|validate|validate --json|lock`.split(/[|\n]/);

const isSensitive = new Set(['input', 'result']);

/** Tells text and JSON of a command apart, and holds no input. */
function nameOf(command: readonly string[]): string {
  const name = command.slice(0, 3);
  return [...name, ...(command.slice(3).includes('--json') ? ['--json'] : [])].join(' ');
}

describe.each([
  { title: 'a journal that is sealed', isSealed: true },
  { title: 'a journal in the clear', isSealed: false },
])('the secrets of a project with $title', ({ isSealed }) => {
  const canaries = newCanaries();
  const ordinary = `canary${'Ordinary'.repeat(3)}`;
  let parrot: ParrotService;
  let redis: Awaited<ReturnType<typeof startLockedRedis>>;
  let project: CliProject;
  let results: ReadonlyMap<string, CommandResult>;
  let evidence: readonly Evidence[];

  beforeAll(async () => {
    parrot = await startParrot();
    redis = await startLockedRedis(canaries.redisPassword.value);
    project = await makeProject(canaryFiles(canaries, parrot.host, isSealed));
    const env = canaryEnvironment(canaries, redis.port);
    const inputs = ['--input', `pin=${canaries.input.value}`, '--input', `ordinary=${ordinary}`];
    const collected = new Map<string, CommandResult>();
    const ask = async (command: readonly string[]): Promise<void> => {
      collected.set(nameOf(command), await project.runner(command, { env }));
    };

    await Promise.all([ask(['run', 'flow', '--json', ...inputs]), ask(['run', 'broken', '--json', ...inputs])]);
    await Promise.all([ask(['run', 'flow', ...inputs]), ask(['run', 'broken', ...inputs])]);
    await project.runner(['run', 'kept', '--input', `ordinary=${ordinary}`], { env });
    await ask(['run', 'kept', '--json', '--input', `ordinary=${ordinary}`]);
    const slow = project.start(['run', 'slow', ...inputs], { env });
    await slow.sees('waits');
    slow.child.kill('SIGKILL');
    collected.set('run slow', await slow.ended);
    const left = filesBelow(project.root, holders);
    const runs = await runsOf(project, env);
    const asked = questions.flatMap((each) =>
      each.includes('RUN') ? runs.map((run) => each.replace('RUN', run)) : each,
    );
    await Promise.all(
      [0, 1, 2].map(async (nth) => {
        for (const each of asked.filter((_, index) => index % 3 === nth)) await ask(each.split(' '));
      }),
    );

    results = collected;
    const said = [...collected].map(([place, { stdout, stderr }]) => ({ place, bytes: Buffer.from(stdout + stderr) }));
    evidence = [
      ...left,
      ...filesBelow(project.root, holders),
      ...said,
      await everythingIn(redis.port, canaries.redisPassword.value),
    ];
  }, 300_000);

  afterAll(async () => {
    parrot.close();
    await redis.stop();
    await project.remove();
  });

  it('are used by the calls', () => {
    const heard = parrot.heard();
    const { inBearer, inBasic, inHeader, inAddress, bridgeKey, bridgePassword, inHeaders, writtenHeader } = canaries;
    const { inParams, inQuery, inBody, input, result } = canaries;

    for (const { value } of [
      inBearer,
      inBasic,
      inHeader,
      inAddress,
      bridgeKey,
      bridgePassword,
      inHeaders,
      writtenHeader,
    ]) {
      expect(heard).toContain(value);
    }
    for (const each of [inParams, inQuery, inBody, input, result]) {
      expect(sightingsOf(each.value, [{ place: 'service', bytes: Buffer.from(heard) }]), each.name).not.toEqual([]);
    }
  });

  it('leave all commands as they are', () => {
    const unlike = [...results].filter(([command, { code }]) => code !== codeOf(command));

    expect(
      unlike.map(([command, { code, stdout, stderr }]) => [command, code, (stdout + stderr).slice(0, 2_000)]),
    ).toEqual([]);
  });

  it.each(Object.entries(canaries))('%s is found nowhere', (way, { value }) => {
    const isPlainInJournal = !isSealed && isSensitive.has(way);
    const searched = isPlainInJournal ? evidence.filter(({ place }) => !place.includes('journal.db')) : evidence;

    expect(sightingsOf(value, searched)).toEqual([]);
  });

  it('are looked for where an ordinary value is found', () => {
    const places = new Set(sightingsOf(ordinary, evidence).map((sighting) => sighting.split(':')[0]));

    const isSeen = (place: string): boolean => [...places].some((each) => each?.startsWith(place));
    const expected = [
      '.runner/telemetry.db',
      '.runner/cache.db',
      'run flow --json',
      'redis',
      'show',
      'logs',
      'history',
    ];
    expect(expected.filter((place) => !isSeen(place))).toEqual([]);
    expect(isSeen('.runner/journal.db')).toBe(!isSealed);
  });
});

describe('the search for canaries', () => {
  const value = `canaryAbcDefGhi1234567890+/"Zy9Xw8Vu7Ts6Rq5Po4`;
  const bytes = Buffer.from(value);

  it.each([
    ['plain', value],
    ['in JSON', JSON.stringify({ value })],
    ['in JSON in JSON', JSON.stringify(JSON.stringify({ value }))],
    ['in an address', encodeURIComponent(value)],
    ['in base64', bytes.toString('base64')],
    ['in base64 at offset 1', Buffer.from(`a${value}`).toString('base64')],
    ['in base64 at offset 2', Buffer.from(`ab${value}`).toString('base64')],
    ['in base64url', bytes.toString('base64url')],
    ['in hex', bytes.toString('hex')],
    ['in upper hex', bytes.toString('hex').toUpperCase()],
    ['in UTF-16', value.split('').join('\0')],
    ['by its first half', value.slice(0, 20)],
    ['by its last half', value.slice(-12)],
  ])('finds one %s', (_, text) => {
    expect(sightingsOf(value, [{ place: 'log', bytes: Buffer.from(`before ${text} after`) }])).not.toEqual([]);
  });

  it('finds nothing where there is none', () => {
    expect(sightingsOf(value, [{ place: 'log', bytes: Buffer.from('canary [redacted]') }])).toEqual([]);
  });
});

/** What a command ends with: one run is killed, and one fails, on purpose. */
function codeOf(command: string): number | null {
  if (command === 'run slow') return null;
  return command.startsWith('run broken') ? 1 : 0;
}

async function runsOf(project: CliProject, env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { stdout } = await project.runner(['runs', '--json'], { env });
  return (JSON.parse(stdout) as { readonly runs: readonly { readonly run_id: string }[] }).runs.map(
    ({ run_id }) => run_id,
  );
}

async function everythingIn(port: number, password: string): Promise<Evidence> {
  const client = new Redis({ port, password, host: '127.0.0.1' });
  try {
    const keys = await client.keys('*');
    const values = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
    return {
      place: 'redis',
      bytes: Buffer.concat([Buffer.from(keys.join('\n')), ...values.filter((each) => each !== null)]),
    };
  } finally {
    client.disconnect();
  }
}
