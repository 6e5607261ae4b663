import { didYouMean } from '../language/did-you-mean.ts';
import { RunnerError } from '../model/errors.ts';
import type { EnvironmentSettings } from './environment.ts';

/** Which of the `environments` of `runner.yaml`, and who says so. */
export interface ChosenEnvironment {
  readonly name: string;
  readonly from: '--env' | 'RUNNER_ENV';
}

/** The environment of the flag, or of a program, before that of the variable; null: none, whatever the variable says. */
export function chooseEnvironment(
  request: { readonly environment?: string | null | undefined },
  variables: EnvironmentSettings,
): ChosenEnvironment | undefined {
  if (request.environment === null) return undefined;
  if (request.environment !== undefined) return { name: request.environment, from: '--env' };
  return variables.environment === undefined ? undefined : { name: variables.environment, from: 'RUNNER_ENV' };
}

/** The error about a name that `runner.yaml` does not have. */
export function unknownEnvironment({ name, from }: ChosenEnvironment, known: readonly string[]): RunnerError {
  const where = from === 'RUNNER_ENV' ? ', which RUNNER_ENV names' : '';
  const near = didYouMean(name, known);
  const names = known.length === 0 ? 'It has none: add it under `environments`.' : `It has: ${known.join(', ')}.`;
  return new RunnerError('ENVIRONMENT_UNKNOWN', `runner.yaml has no environment "${name}"${where}.`, {
    hint: near === undefined ? names : `Did you mean "${near}"?`,
  });
}
