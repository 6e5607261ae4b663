import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A process that measures one thing again and again, so that it is warm and alone. */
export interface WorkerHandle {
  /** Has the worker do one piece of work; gives what it measured. */
  ask<Reply>(task: object): Promise<Reply>;
  stop(): void;
}

export function startWorker(file: string, nodeFlags: readonly string[], env: NodeJS.ProcessEnv): WorkerHandle {
  const child = fork(file, [], { execArgv: [...nodeFlags], env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit').then(([code]: unknown[]) => {
    throw new Error(`${file} ended with ${String(code)} in the middle of its work.`);
  });
  ended.catch(() => undefined);
  return {
    ask: async <Reply>(task: object): Promise<Reply> => {
      child.send(task);
      const [reply] = (await Promise.race([once(child, 'message'), ended])) as [Reply];
      return reply;
    },
    stop: () => void child.kill(),
  };
}
