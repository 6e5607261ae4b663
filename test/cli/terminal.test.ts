import { describe, expect, it } from 'vitest';
import { printable, printableLine } from '../../src/interfaces/cli/terminal/printable.ts';
import { joinSegments } from '../../src/interfaces/cli/terminal/segments.ts';
import { wantsColour } from '../../src/interfaces/cli/terminal/style.ts';
import { tableLines } from '../../src/interfaces/cli/terminal/table.ts';
import { displayWidth, fit, pad } from '../../src/interfaces/cli/terminal/width.ts';

describe('text from outside', () => {
  it.each([
    ['\u001b[2J', '\\u001b[2J'],
    ['a\u0007b', 'a\\u0007b'],
    ['\u009b31m', '\\u009b31m'],
    ['abc\u202edef', 'abc\\u202edef'],
    ['one\rtwo', 'one\\rtwo'],
  ])('cannot steer the terminal: %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('keeps lines, tabs and letters of all scripts', () => {
    expect(printable('ä\t日本\n🙂')).toBe('ä\t日本\n🙂');
  });

  it('stays on one line where one line is wanted', () => {
    expect(printableLine('a\nb\tc')).toBe('a\\nb\\tc');
  });
});

describe('the width of a text', () => {
  it.each([
    ['abc', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['🙂', 2],
    ['ﾊﾝｶｸ', 4],
    ['', 0],
  ])('of %j is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it('is kept within bounds, wide characters included', () => {
    expect(fit('日本語テスト', 5)).toBe('日本…');
    expect(fit('abc', 3)).toBe('abc');
    expect(fit('abc', 0)).toBe('');
  });

  it('is what padding counts', () => {
    expect(pad('日本', 6)).toBe('日本  ');
  });
});

describe('segments of a line', () => {
  it('are cut before they are painted, so that no colour is left open', () => {
    const segments = [{ text: 'abcdef', paint: (text: string) => `<${text}>` }, { text: 'never' }];

    expect(joinSegments(segments, 4)).toBe('<abc…>');
  });
});

describe('a table', () => {
  const columns = [{ title: 'NAME' }, { title: 'N', align: 'right' }, { title: 'TEXT', flexible: true }] as const;

  it('lines its columns up', () => {
    expect(
      tableLines(
        columns,
        [
          ['日本', '7', 'x'],
          ['a', '12', 'y'],
        ],
        80,
      ),
    ).toEqual(['NAME   N  TEXT', '日本   7  x', 'a     12  y']);
  });

  it('cuts only the flexible column to fit', () => {
    const lines = tableLines(columns, [['name', '1', 'a long text that cannot fit']], 24);

    expect(lines.every((line) => displayWidth(line) <= 24)).toBe(true);
    expect(lines[1]).toBe('name  1  a long text th…');
  });

  it('leaves out what it can spare before it cuts anything else', () => {
    const spacious = [{ title: 'ID' }, { title: 'WHEN', spare: 2 }, { title: 'TOOK', spare: 1 }] as const;
    const rows = [['run-1', '2026-11-22 17:00', '3.1s']];

    expect(tableLines(spacious, rows, 29)).toEqual(['ID     WHEN              TOOK', 'run-1  2026-11-22 17:00  3.1s']);
    expect(tableLines(spacious, rows, 28)).toEqual(['ID     TOOK', 'run-1  3.1s']);
    expect(tableLines(spacious, rows, 10)).toEqual(['ID', 'run-1']);
  });

  it('leaves out columns without content where there is no room for all', () => {
    const some = [{ title: 'TOOL' }, { title: 'TOOK', spare: 1 }, { title: 'ERROR', flexible: true }] as const;
    const rows = [['render/get', '3.1s', '']];

    expect(tableLines(some, rows, 23)).toEqual(['TOOL        TOOK  ERROR', 'render/get  3.1s']);
    expect(tableLines(some, rows, 22)).toEqual(['TOOL        TOOK', 'render/get  3.1s']);
  });

  it.each([120, 90, 80, 50, 20, 5])('is never wider than %i columns', (width) => {
    const fixed = [
      { title: 'RUN' },
      { title: 'WORKFLOW' },
      { title: 'STATUS' },
      { title: 'INPUTS', flexible: true },
    ] as const;
    const lines = tableLines(
      fixed,
      [['20261122-165854-bqmxk32r', 'health_recovery', 'interrupted', '{"service_id":"srv-demo"}']],
      width,
    );

    expect(lines.filter((line) => displayWidth(line) > width)).toEqual([]);
  });
});

describe('colours', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ TERM: 'dumb' }, true, false],
  ])('with %j, terminal %s: %s', (variables, isTerminal, wanted) => {
    expect(wantsColour(variables, isTerminal)).toBe(wanted);
  });
});
