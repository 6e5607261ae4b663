import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Milliseconds that a whole process takes; one that fails is a fault of the bench. */
export async function timeProcess({ command, args, cwd, env }: Program): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(command, [...args], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code]: unknown[] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}:\n${said}`);
  return performance.now() - startedAt;
}

/** Mean milliseconds of each of two programs, launched in turns so that both meet the same machine. */
export async function timeInTurns(one: Program, other: Program, launches: number): Promise<readonly [number, number]> {
  let [first, second] = [0, 0];
  for (let launch = 0; launch < launches; launch += 1) {
    first += await timeProcess(one);
    second += await timeProcess(other);
  }
  return [first / launches, second / launches];
}
