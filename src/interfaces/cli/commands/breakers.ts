import { closeBreaker, listBreakers, openBreaker } from '../../../app/breakers.ts';
import type { CircuitListing } from '../../../app/breakers.ts';
import { userName } from '../../../app/user-name.ts';
import { formatDuration, formatTime } from '../../../model/time.ts';
import type { CliContext } from '../context.ts';
import type { BreakerFlags, OpenBreakerFlags } from '../declare/breakers.ts';
import { exitCodes } from '../exit-codes.ts';
import { printableLine } from '../terminal/printable.ts';
import { tableLines } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { withApp } from '../with-app.ts';

/** `runner breakers` */
export function breakers(context: CliContext, flags: BreakerFlags): Promise<number> {
  const { terminal } = context;
  return withApp(context, flags, async (app) => {
    const list = await listBreakers(app);
    if (flags.json) terminal.json({ breakers: list });
    else if (list.length === 0) terminal.note('No circuit has anything against its target.');
    else print(terminal, table(list, terminal.tableColumns()));
    return exitCodes.success;
  });
}

/** `runner breakers open <key>` */
export function open(context: CliContext, key: string, flags: OpenBreakerFlags): Promise<number> {
  return withApp(context, flags, async (app) => {
    await openBreaker(app, key, { by: userName(), forMs: flags.for });
    if (flags.json) context.terminal.json({ key, state: 'open' });
    else {
      const end = flags.for === undefined ? 'until it is closed' : `for ${formatDuration(flags.for)}`;
      context.terminal.print(`The circuit "${printableLine(key)}" is open ${end}: calls with a circuit breaker of`);
      context.terminal.print(`this key are refused. Close it with: runner breakers close ${printableLine(key)}`);
    }
    return exitCodes.success;
  });
}

/** `runner breakers close <key>` */
export function close(context: CliContext, key: string, flags: BreakerFlags): Promise<number> {
  const { terminal } = context;
  return withApp(context, flags, async (app) => {
    const wasKnown = await closeBreaker(app, key);
    if (flags.json) terminal.json({ key, state: 'closed', was_known: wasKnown });
    else if (wasKnown) terminal.print(`The circuit "${printableLine(key)}" is closed: its calls are made again.`);
    else terminal.note(`Nothing is known of a circuit "${printableLine(key)}". See: runner breakers`);
    return wasKnown ? exitCodes.success : exitCodes.failed;
  });
}

function print(terminal: Terminal, [header = '', ...lines]: readonly string[]): void {
  terminal.print(terminal.style.dim(header));
  for (const line of lines) terminal.print(line);
}

function table(list: readonly CircuitListing[], columns: number): readonly string[] {
  const rows = list.map((circuit) => [
    printableLine(circuit.key),
    circuit.state.replace('_', '-'),
    circuit.since === null ? '-' : formatTime(Date.parse(circuit.since)),
    String(circuit.failures),
    nextProbe(circuit),
    circuit.opened_by === null ? '-' : printableLine(circuit.opened_by),
    printableLine(circuit.place),
  ]);
  return tableLines(
    [
      { title: 'CIRCUIT' },
      { title: 'STATE' },
      { title: 'SINCE', spare: 2 },
      { title: 'FAILURES', align: 'right' },
      { title: 'NEXT PROBE' },
      { title: 'OPENED BY', spare: 1 },
      { title: 'PLACE', flexible: true, spare: 3 },
    ],
    rows,
    columns,
  );
}

function nextProbe({ state, next_probe }: CircuitListing): string {
  if (state === 'closed') return '-';
  if (state === 'half_open') return 'with the next call';
  return next_probe === null ? 'when it is closed' : formatTime(Date.parse(next_probe));
}
