/** Does one task after another for the bench; a fault ends the process, and so the bench. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the worker names what the bench sends it
export function serve<Task>(work: (task: Task) => Promise<object>): void {
  process.on('message', (task: Task) => {
    void work(task).then(
      (reply) => process.send?.(reply),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}

/** Does a piece of work so many times, so many at once. */
export async function inParallel(count: number, atOnce: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** Wall and CPU time of some work. */
export async function loadOf(
  calls: number,
  work: () => Promise<void>,
): Promise<{ readonly calls: number; readonly wallMs: number; readonly cpuMs: number }> {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { calls, wallMs, cpuMs: (user + system) / 1_000 };
}
