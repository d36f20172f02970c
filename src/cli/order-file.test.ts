import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOrderFile, readTime } from './order-file.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-test-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

function read(text: string, columns = {}) {
  const file = join(dir, 'orders.csv');
  writeFileSync(file, text);
  return readOrderFile(file, { timeZone: 'UTC', ...columns });
}
const at = Date.parse('2026-11-24T10:00:00Z');

describe("a shop's export", () => {
  it('from Shopify yields one order for several rows, with any text in its notes', async () => {
    const head = 'Name,Email,Financial Status,Paid at,Created at,Notes,Id';
    const first =
      '#1001,jane@mail.example,paid,2026-11-24 05:00:01 -0500,2026-11-24 05:00:00 -0500,"a ""b"", c;\nd",5734826901234';
    const text = [head, first, '#1001,jane@mail.example,,,,,', '', '#1002,,,,2026-11-24 11:00:00 +0100,,5734826901235'].join(
      '\r\n',
    );
    expect(await read(`\ufeff${text}`)).toEqual([
      { orderId: '5734826901234', at },
      { orderId: '5734826901235', at },
    ]);
  });

  it('from WooCommerce, or from a plugin with semicolons, is read', async () => {
    expect(await read('Date,"Order #",Status\n"2026-11-24 10:00:00","1001",completed\n')).toEqual([{ orderId: '1001', at }]);
    const plugin = 'order_id;order_date;total\n1001;2026-11-24 10:00:00;"12,50"\n#1002;2026-11-24;"1,00"\n';
    expect(await read(plugin)).toEqual([
      { orderId: '1001', at },
      { orderId: '1002', at: Date.parse('2026-11-24T12:00:00Z') },
    ]);
  });

  it('with other headers is read with named columns', async () => {
    const text = 'id\tBestellung\tTag\n7\tA-1\t2026-11-24T10:00:00Z\n';
    expect(await read(text, { order: 'Bestellung', time: 'Tag' })).toEqual([{ orderId: 'A-1', at }]);
    await expect(read(text, { order: 'Order', time: 'Tag' })).rejects.toThrow(/no such column.*`Bestellung`.*--order-column/s);
    await expect(read(text)).rejects.toThrow(/looks like the order time.*--time-column/s);
  });

  it('is refused without its values if it is empty, truncated or not a table', async () => {
    await expect(read('')).rejects.toThrow(/is empty/);
    await expect(read('id,date\n1,"2026')).rejects.toThrow(/not a valid CSV/);
    const refused = read('id,date\n1,jane@mail.example\n');
    await expect(refused).rejects.toThrow(/^Line 2 .*`date`/);
    await expect(refused).rejects.not.toThrow(/jane/);
    await expect(readOrderFile(join(dir, 'none.csv'), { timeZone: 'UTC' })).rejects.toThrow(/cannot be read: ENOENT/);
    await expect(readOrderFile(dir, { timeZone: 'UTC' })).rejects.toThrow(/cannot be read: EISDIR/);
  });
});

it.each([
  ['2026-11-24T10:00:00.000Z', at],
  ['2026-11-24 11:00:00 +0100', at],
  ['2026-11-24 11:00+01:00', at],
  [' 2026-11-24 10:00:00 UTC ', at],
  ['2026-11-24 10:00', at],
  ['24.11.2026', undefined],
  ['11/24/2026 10:00', undefined],
  ['2026-13-24', undefined],
  ['2026-11-24 10:00:00 CET', undefined],
  ['', undefined],
])('the time %j is parsed', (text, expected) => {
  expect(readTime(text, 'UTC')).toBe(expected);
});

it('a day of an order is the day of the site, far from UTC too', () => {
  expect(readTime('2026-11-24', 'Pacific/Kiritimati')).toBe(Date.parse('2026-11-23T22:00:00Z'));
  expect(readTime('2026-11-24T10:00:00Z', 'Pacific/Kiritimati')).toBe(at);
});
