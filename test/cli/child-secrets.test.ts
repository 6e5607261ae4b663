import { afterEach, describe, expect, it } from 'vitest';
import { canary, filesBelow, hardSigns, plainSigns, sightingsOf } from '../support/canaries.ts';
import { makeProject } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';
import { gate } from '../support/cli-workflows.ts';

let project: CliProject;

afterEach(() => project.remove());

const config = 'secrets: { OUTER: { env: OUTER }, INNER: { env: INNER } }\njournal_key: { env: RUNNER_JOURNAL_KEY }\n';

const outer = `name: outer
secrets: [OUTER]
inputs: { pin: { type: string, sensitive: true } }
steps:
  - id: pass
    set: { key: $secrets.OUTER }
  - id: loop
    for_each: [a, b]
    steps:
      - { workflow: inner, inputs: { who: $item, key: $pass.key, pin: $pin } }
  - id: both
    parallel:
      x: { workflow: inner, inputs: { who: x, key: $pass.key, pin: $pin } }
      y: { workflow: inner, inputs: { who: y, key: $pass.key, pin: $pin } }
`;

/** `held` stands before its last step. */
function inner(held = ''): string {
  return `name: inner
secrets: [INNER]
inputs: { who: string, key: string, pin: string }
steps:
  - id: own
    run: cat keys/result
    sensitive: true
  - id: pass
    set: { key: $secrets.INNER }
${held}  - id: use
    run: 'printf "%s" "$I$O$P$R" | tee -a heard-$W; echo'
    env: { I: $secrets.INNER, O: $key, P: $pin, R: $own.stdout, W: $who }
  - workflow: leaf
    inputs: { key: $pass.key, who: $who }
output: { said: $use.stdout, result: $own.stdout }
`;
}

const leaf = `name: leaf
inputs: { key: string, who: string }
steps:
  - run: printf "%s" "$I" >> heard-leaf-$W
    env: { I: $key, W: $who }
`;

function newCanaries() {
  return {
    outer: canary('a secret of the parent', hardSigns),
    inner: canary('a secret of the child', hardSigns),
    input: canary('a sensitive input of the parent', plainSigns),
    result: canary('a sensitive result of the child', plainSigns),
  };
}

const key = 'k'.repeat(40);
const holders = ['keys/result', ...['a', 'b', 'x', 'y'].flatMap((who) => [`heard-${who}`, `heard-leaf-${who}`])];

async function projectWith(canaries: ReturnType<typeof newCanaries>, held?: string): Promise<CliProject> {
  return makeProject({
    'runner.yaml': config,
    'workflows/outer.yaml': outer,
    'workflows/inner.yaml': inner(held),
    'workflows/leaf.yaml': leaf,
    'keys/result': canaries.result.value,
  });
}

function environmentOf({ outer: own, inner: child }: ReturnType<typeof newCanaries>) {
  return { OUTER: own.value, INNER: child.value, RUNNER_JOURNAL_KEY: key };
}

/** What every command says of all runs of the project. */
async function everythingSaid(env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await project.runner(['runs', '--json'], { env });
  const { runs } = JSON.parse(stdout) as { runs: readonly { run_id: string }[] };
  const commands = [
    ...runs.flatMap(({ run_id: id }) => [
      ['show', id, '--all'],
      ['show', id, '--json'],
      ['logs', id, '--all'],
    ]),
    ['runs'],
    ['history', '--json'],
  ];
  const said: string[] = [stdout];
  const half = Math.ceil(commands.length / 2);
  await Promise.all(
    [commands.slice(0, half), commands.slice(half)].map(async (part) => {
      for (const command of part) {
        const result = await project.runner(command, { env });
        said.push(result.stdout + result.stderr);
      }
    }),
  );
  return said.join('\n');
}

describe('the secrets of runs that a run starts', () => {
  it('arrive in children, in those of children, in loops and branches, and are found nowhere', async () => {
    const canaries = newCanaries();
    project = await projectWith(canaries);
    const env = environmentOf(canaries);

    const run = await project.runner(['run', 'outer', '--json', '--input', `pin=${canaries.input.value}`], { env });
    const said = run.stdout + run.stderr + (await everythingSaid(env));

    expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: run.stderr });
    const heard = canaries.inner.value + canaries.outer.value + canaries.input.value + canaries.result.value;
    const files = new Map(filesBelow(project.root).map(({ place, bytes }) => [place, bytes.toString()]));
    for (const who of ['a', 'b', 'x', 'y']) {
      expect(files.get(`heard-${who}`)).toBe(heard);
      expect(files.get(`heard-leaf-${who}`)).toBe(canaries.inner.value);
    }
    const evidence = [...filesBelow(project.root, holders), { place: 'commands', bytes: Buffer.from(said) }];
    for (const { name, value } of Object.values(canaries)) expect(sightingsOf(value, evidence), name).toEqual([]);
  });

  it('are all required before the first step', async () => {
    const canaries = newCanaries();
    project = await projectWith(canaries);

    const run = await project.runner(['run', 'outer', '--input', 'pin=123456'], {
      env: { OUTER: canaries.outer.value, RUNNER_JOURNAL_KEY: key },
    });

    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('The secret INNER is missing') as string });
  });

  it('arrive as well where the run is resumed in a child', async () => {
    const canaries = newCanaries();
    project = await projectWith(canaries, gate);
    const env = environmentOf(canaries);
    const running = project.start(['run', 'outer', '--input', `pin=${canaries.input.value}`], { env });
    const id = /\d{8}-\d{6}-\w{8}/.exec(await running.sees('starts workflow inner'))?.[0] ?? '';
    running.child.kill('SIGKILL');
    await running.ended;
    await project.write('go', '');

    const resumed = await project.runner(['resume', id], { env });
    const said = resumed.stdout + resumed.stderr + (await everythingSaid(env));

    expect({ code: resumed.code, stderr: resumed.stderr }).toEqual({ code: 0, stderr: resumed.stderr });
    const evidence = [...filesBelow(project.root, holders), { place: 'commands', bytes: Buffer.from(said) }];
    for (const { name, value } of Object.values(canaries)) expect(sightingsOf(value, evidence), name).toEqual([]);
    const heard = filesBelow(project.root).filter(({ place }) => place === 'heard-leaf-y');
    expect(heard.map(({ bytes }) => bytes.toString())).toEqual([canaries.inner.value]);
  });
});
