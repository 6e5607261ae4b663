/**
 * Measures the speed that Runner promises, as ratios within one run: `npm run bench -- --help`.
 * `docs/performance.md` tells what each row means.
 */
import { parseArgs } from 'node:util';
import { measureAlone } from './measure/alone.ts';
import { measureItems, measureReopening } from './measure/blocks.ts';
import { measureCache } from './measure/cache.ts';
import { measureCatalogue } from './measure/catalogue.ts';
import { measureCold } from './measure/cold.ts';
import { measureMcp } from './measure/mcp.ts';
import { measureMemory } from './measure/memory.ts';
import { measurePolicies } from './measure/policies.ts';
import { measureReferences } from './measure/references.ts';
import { measureSleeping } from './measure/sleeping.ts';
import { measureThroughput } from './measure/throughput.ts';
import { measureValidate } from './measure/validate.ts';
import { rowNames, rows, type RowName } from './rows.ts';
import { table, type Figures } from './table.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

const usage = `Usage: npm run bench -- [--only ROW,ROW] [--rounds N]

Rows: ${rowNames.join(', ')}
`;

/** Each gives one row or several that come out of the same measurement. */
const measurements: readonly {
  readonly gives: readonly RowName[];
  readonly measure: (bench: Workbench) => Promise<Figures>;
}[] = [
  { gives: ['cold'], measure: measureCold },
  { gives: ['memory'], measure: measureMemory },
  { gives: ['throughput', 'cpu'], measure: measureThroughput },
  { gives: ['alone'], measure: measureAlone },
  { gives: ['references'], measure: measureReferences },
  { gives: ['sleeping', 'sleepers'], measure: measureSleeping },
  { gives: ['validate'], measure: measureValidate },
  { gives: ['catalogue'], measure: measureCatalogue },
  { gives: ['cache-look', 'cache-step'], measure: measureCache },
  { gives: ['policies'], measure: measurePolicies },
  { gives: ['mcp-stdio'], measure: measureMcp },
  { gives: ['items', 'branches'], measure: measureItems },
  { gives: ['open-runs', 'resume', 'journal'], measure: measureReopening },
];

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) console.log(usage);
else await bench(readNames(values.only), readRounds(values.rounds));

async function bench(wanted: readonly RowName[], rounds: number): Promise<void> {
  await using workbench = await openWorkbench(rounds);
  const figures: Figures = {};
  for (const { gives, measure } of measurements) {
    if (!gives.some((name) => wanted.includes(name))) continue;
    process.stderr.write(`measuring ${gives.join(', ')} …\n`);
    Object.assign(figures, await measure(workbench));
  }
  const shown = rows.filter(({ name }) => wanted.includes(name));
  console.log(table(shown, figures));
}

function readNames(only: string | undefined): readonly RowName[] {
  if (only === undefined) return rowNames;
  return only.split(',').map((text) => {
    const name = rowNames.find((known) => known === text.trim());
    if (name === undefined) return stop(`There is no row "${text}".`);
    return name;
  });
}

function readRounds(text: string): number {
  const rounds = Number(text);
  return Number.isInteger(rounds) && rounds > 0 ? rounds : stop(`--rounds ${text} is not a number from 1.`);
}

function stop(reason: string): never {
  console.error(`${reason}\n\n${usage}`);
  process.exit(2);
}
