import type { Sealer } from '../../adapters/sealing/sealer.ts';
import { RunnerError } from '../../model/errors.ts';
import type { KeySource } from '../../model/secrets.ts';
import type { Configuration } from '../configuration.ts';
import type { Variables } from '../environment.ts';

/**
 * What seals the journal, with the keys of the configuration. A key without a value fails only what needs it.
 * @throws RunnerError CONFIG_INVALID
 */
export async function openSealer(configuration: Configuration, variables: Variables): Promise<Sealer> {
  const { journalKeys, redactor } = configuration;
  const [{ createSealer }, keys] = await Promise.all([
    import('../../adapters/sealing/sealer.ts'),
    Promise.all(journalKeys.map((source) => readKey(source, configuration, variables))),
  ]);
  redactor.addSecrets(keys.filter((key) => typeof key === 'string'));
  return createSealer(keys);
}

async function readKey(
  source: KeySource,
  { project }: Configuration,
  variables: Variables,
): Promise<string | RunnerError> {
  if (source.kind === 'text') return source.text;
  const { readSecret } = await import('../../adapters/secrets/read-secret.ts');
  const reading = await readSecret(source, { root: project.root, variables });
  if (reading.ok) return reading.value;
  return new RunnerError('JOURNAL_KEY_MISSING', `The journal key is missing: ${reading.reason}.`, {
    hint: `${reading.remedy}, or change "journal_key" in runner.yaml.`,
  });
}
