import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openResultFile } from './result-file.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-test-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const row = { line: 2, result: 'accepted', id: '=cmd|1', issues: [] } as const;
const header = 'line,result,id,repeat of line,field,code,rule,remedy\n';

describe('the results of an import', () => {
  it('are readable by their owner alone, are no formulas, and go on in a resumed import', async () => {
    const path = join(dir, 'results.csv');
    const first = await openResultFile(path, false);
    await first.write([row]);
    await first.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const second = await openResultFile(path, true);
    await second.write([{ ...row, line: 3, result: 'repeated', id: null, repeats: 2 }]);
    await second.close();
    expect(readFileSync(path, 'utf8')).toBe(`${header}2,accepted,'=cmd|1,,,,,\n3,repeated,,2,,,,\n`);
    await expect(openResultFile(path, false)).rejects.toThrow(/An existing file is not overwritten/);
  });

  it('are added to no other file, such as that of the orders', async () => {
    const path = join(dir, 'orders.csv');
    writeFileSync(path, 'name,time\n');
    await expect(openResultFile(path, true)).rejects.toThrow(/no results of an import.*another file with --results/s);
    expect(readFileSync(path, 'utf8')).toBe('name,time\n');
  });

  it('begin anew if a resumed import has none yet', async () => {
    const path = join(dir, 'later.csv');
    const file = await openResultFile(path, true);
    await file.close();
    expect(readFileSync(path, 'utf8')).toBe(header);
  });
});
