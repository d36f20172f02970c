import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FileMapping, type FileRow, openImportFile } from './open-file.ts';
import { readMapping } from './read-mapping.ts';
import { getRowId } from './row-id.ts';
import { RowIndex } from './row-index.ts';
import { readBatches } from './send-rows.ts';
import { surveyFile } from './survey-file.ts';
import type { RecognizedColumns } from './templates.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-test-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

function open(text: string | Buffer, mapping: Partial<FileMapping> = {}, name = 'rows.csv') {
  const path = join(dir, name);
  writeFileSync(path, text);
  return openImportFile(path, { columns: {}, fixed: {}, ...mapping });
}

async function read(...args: Parameters<typeof open>) {
  const rows: FileRow[] = [];
  let columns: RecognizedColumns | undefined;
  for await (const row of (await open(...args)).rows((found) => {
    columns = found;
  }))
    rows.push(row);
  return { rows, columns };
}

const time = '2026-11-24T09:00:00.000Z';
const hash = 'A1'.repeat(32);

describe('a template', () => {
  it("of Microsoft is read with the file's zone, notes and a byte order mark", async () => {
    const text = [
      '\ufeffParameters:TimeZone=Europe/Berlin;,,,,,',
      '"# IMPORTANT: the ""parameters"" row has the zone",,,,,',
      '### TEMPLATE ###,,,,,',
      'Microsoft Click Id,Conversion Name,Conversion Time,Conversion Value,Conversion Currency Code,Hashed Email Address',
      `click,Sale,11/24/2026 10:00:00 AM,12.5,USD,${hash}`,
      'click,Sale,2026-11-24 04:00:00 -0500,"1,200",USD,jane@mail.example',
      '# no more,,,,,',
    ].join('\r\n');
    const { rows, columns } = await read(text);
    expect(columns).toMatchObject({ form: "Microsoft's template", unused: [] });
    expect(rows).toEqual([
      {
        line: 5,
        event: {
          name: 'Sale',
          time,
          clickIds: { msclkid: 'click' },
          commerce: { value: '12.5', currency: 'USD' },
          user: { emailSha256: hash },
        },
      },
      {
        line: 6,
        issues: [
          expect.objectContaining({ field: 'commerce.value', code: 'value-unreadable' }),
          expect.objectContaining({ field: 'user.emailSha256', code: 'hash-malformed' }),
        ],
      },
    ]);
    expect(JSON.stringify(rows[1])).not.toContain('jane');
  });

  it('of Google has orders and consent', async () => {
    const head = 'Google Click ID;Conversion Name;Conversion Time;Conversion Value;Order ID;Ad User Data;Attributed Credit';
    const { rows, columns } = await read(`${head}\nclick;Purchase;2026-11-24 09:00:00+0000;5;1001;GRANTED;0.5\n`);
    expect(columns).toMatchObject({ form: "Google's template", unused: ['Attributed Credit'] });
    expect(rows).toEqual([
      {
        line: 2,
        event: {
          name: 'Purchase',
          time,
          clickIds: { gclid: 'click' },
          commerce: { value: '5', orderId: '1001' },
          consent: { adUserData: 'granted' },
        },
      },
    ]);
  });

  it('of Meta has persons', async () => {
    const { rows } = await read(
      'event_name,event_time,event_id,value,email,fn,zip\nPurchase,1795510800,e-1,5,a@b.example,Ann,123\n',
    );
    expect(rows).toEqual([
      {
        line: 2,
        event: {
          name: 'Purchase',
          time,
          id: 'e-1',
          commerce: { value: '5' },
          user: { email: 'a@b.example', firstName: 'Ann', address: { zip: '123' } },
        },
      },
    ]);
  });

  it('of adjustments, a header without a known column, and a file without one are refused', async () => {
    await expect(read('Microsoft Click ID,Adjustment Type\n')).rejects.toThrow(/adjustments.*`Refund`/s);
    await expect(read('a,__proto__.x,user.__proto__\n1,2,3\n')).rejects.toThrow(/no known column/);
    await expect(read('# only a note\n')).rejects.toThrow(/is empty/);
    await expect(read('Parameters:TimeZone=<Your zone>\nname,time\n')).rejects.toThrow(/Line 1 .* no valid time zone/);
  });
});

it('a mapping names columns, and gives every row a constant', async () => {
  const mapping = { columns: { time: 'Paid', 'commerce.value': 'Total' }, fixed: { name: 'Purchase' }, timeZone: 0 };
  const { rows, columns } = await read('Paid\tTotal\tname\tNote\n2026-11-24 09:00\t3\tSale\tx\n', mapping);
  expect(rows).toEqual([{ line: 2, event: { name: 'Purchase', time, commerce: { value: '3' } } }]);
  expect(columns?.unused).toEqual(['Note']);
  await expect(read('a,name\n', { columns: { time: 'Paid' } })).rejects.toThrow(/no column for time.*`a`, `name`/);
});

it('a CSV file with several line endings loses no row, and counts every line', async () => {
  const { rows } = await read(`name,time,id\r\nLead,${time},a\nLead,${time},b\r\n\nLead,${time},c\rLead,${time},"d\nd"\n`);
  expect(rows.map((row) => [row.line, 'event' in row && row.event.id])).toEqual([
    [2, 'a'],
    [3, 'b'],
    [5, 'c'],
    [7, 'd\nd'],
  ]);
});

it('a CSV file in another encoding than UTF-8 has its ids and persons refused', async () => {
  const { rows } = await read(
    Buffer.from(`name,time,id,user.firstName,properties.note\nLead,${time},a,M\xfcller,\nLead,${time},b,,M\xfcller\n`, 'latin1'),
  );
  expect(rows).toMatchObject([{ issues: [{ field: 'user', code: 'text-garbled' }] }, { event: { id: 'b' } }]);
});

describe('a row whose consent cannot be read', () => {
  it.each([
    ['consent', 'denied'],
    ['consent', ['granted']],
    ['consent', { ad_storage: 'denied' }],
    ['consent', { adStorage: 'granted', marketing: false }],
    ['consent.adStorage', { adStorage: 'no' }],
    ['consent.adUserData', { adStorage: 'granted', adUserData: false }],
  ])('is refused, because --consent must not replace a denial: %s %j', async (field, consent) => {
    const { rows } = await read(JSON.stringify({ name: 'Lead', time, consent }), {}, 'rows.jsonl');
    expect(rows).toMatchObject([{ issues: [{ field, code: 'consent-unreadable' }] }]);
  });

  it('is refused if the choice is under another key', async () => {
    const { rows } = await read(JSON.stringify({ name: 'Lead', time, adConsent: false }), {}, 'rows.jsonl');
    expect(rows).toMatchObject([{ issues: [{ field: 'consent', code: 'consent-unreadable' }] }]);
  });

  it('is no row that states none, or one of the answers in any case', async () => {
    const { rows } = await read(`name,time,consent\nLead,${time},\nLead,${time}, Denied \n`);
    expect(rows).toMatchObject([{ event: { name: 'Lead' } }, { event: { consent: { adStorage: 'denied' } } }]);
  });
});

it('a malformed CSV file names the line and the problem, and no value of the file', async () => {
  await expect(read(`name,time\nLead,"${time}\nLead,x\n`)).rejects.toThrow(/a quotation mark is not closed at line 3/);
  await expect(read(`name,time\nLead,${'x'.repeat(1_100_000)}\n`)).rejects.toThrow(/longer than 1 MiB at line 2/);
  await expect(read('jane@mail.example,+1 425 555 0100,12\n')).rejects.toThrow('columns are `[removed]`, `[removed]`, `12`');
});

it('a device is no file of events, and neither is a file of more than 2,000,000 rows', async () => {
  await expect(openImportFile('/dev/null', { columns: {}, fixed: {} })).rejects.toThrow(/is a pipe or a device/);
  const rows = async function* () {
    for (let line = 1; line <= 2_000_001; line += 1) yield { line, issues: [] };
  };
  await expect(surveyFile({ isCsv: true, rows, digest: async () => '' })).rejects.toThrow(/more than 2,000,000 rows/);
});

it('a mapping gives no row a constant consent, which would replace a denial', () => {
  const path = join(dir, 'map.json');
  writeFileSync(path, '{"consent.adStorage": {"const": "granted"}}');
  expect(() => readMapping(path)).toThrow(/would replace denials.*--consent/);
});

it('JSON Lines are refused by line if they are too long, too deep, or no object', async () => {
  const deep = `{"name":"a","time":"${time}","properties":${'['.repeat(40)}${']'.repeat(40)}}`;
  const lines = [
    `{"name":"Lead","time":"${time}"}`,
    '[]',
    'x'.repeat(70_000),
    deep,
    '{"name":"Lead"}',
    '',
    '{"name":"a\\u0000","time":1795510800}',
  ];
  const { rows } = await read(Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), Buffer.from([0xff, 0xfe])]), {}, 'rows.jsonl');
  const problems = rows.map((row) => ('event' in row ? 'read' : `${row.line} ${row.issues[0]?.code}`));
  expect(problems).toEqual([
    ...['read', '2 row-unreadable', '3 row-too-long', '4 row-too-deep', '5 time-missing'],
    ...['7 text-has-nul', '8 row-unreadable'],
  ]);
});

it('a long row of a CSV file is refused, and the id of a row that is not sent is not listed', async () => {
  const file = await open(
    `name,time,id,properties.note\nLead,${time},,${'x'.repeat(70_000)}\n${`Lead,${time},a@b.example,\n`.repeat(2)}`,
  );
  for await (const batch of readBatches(file, { after: 0, consent: undefined })) {
    expect(batch.list([{ result: 'refused', id: null, issues: [] }])).toEqual([
      { line: 2, result: 'refused', id: null, issues: [expect.objectContaining({ code: 'row-too-long' })] },
      { line: 3, result: 'refused', id: null, issues: [] },
      { line: 4, result: 'repeated', id: null, repeats: 3, issues: [] },
    ]);
  }
});

it('a date with the day first refuses the whole file, because others could be read either way', async () => {
  const file = await open('name,time\nLead,03/04/2026 10:00 +0000\nLead,24/11/2026 10:00 +0000\n');
  await expect(surveyFile(file)).rejects.toThrow(/Line 3 .* day first/);
});

it('rows without an id have that of their order, or of their content in any order of its members', () => {
  expect(getRowId({ name: 'purchase', commerce: { orderId: 7, value: 1 } })).not.toHaveProperty('id');
  expect(getRowId({ name: 'OrderRefunded', commerce: { orderId: '7' } })).not.toHaveProperty('id');
  expect(getRowId({ name: 'Lead', id: ' a ' })).toMatchObject({ id: 'a' });
  const [one, other] = [
    getRowId({ name: 'Lead', time, user: { email: 'a', phone: 'b' } }),
    getRowId({ user: { phone: 'b', email: 'a' }, time, name: 'Lead' }),
  ];
  expect(one.id).toMatch(/^import-[0-9a-f]{32}$/);
  expect(other).toEqual(one);
  expect(getRowId({ name: 'Refund', time, commerce: { orderId: '7', value: 1 } }).id).toMatch(/^import-/);
});

it('an index of rows finds the first line of each of 20,000 keys', () => {
  const index = new RowIndex();
  for (let line = 1; line <= 20_000; line += 1) expect(index.add(`key ${line}`, line)).toBeUndefined();
  for (let line = 1; line <= 20_000; line += 1999) expect(index.add(`key ${line}`, 99_999)).toBe(line);
});

it('batches have at most 50 events, and a resumed import skips rows and still finds repeats of them', async () => {
  const rows = Array.from({ length: 430 }, (_, row) => `Lead,${time},id-${row}`);
  const file = await open(['name,time,id', ...rows, `Lead,${time},id-3`].join('\n'));
  const list = async (after: number) => {
    const batches = [];
    for await (const { events, through, repeated, isFinished } of readBatches(file, { after, consent: undefined }))
      batches.push([events.length, through, repeated, isFinished]);
    return batches;
  };
  expect(await list(0)).toEqual([
    ...[51, 101, 151, 201, 251, 301, 351, 401].map((through) => [50, through, 0, false]),
    [30, 432, 1, true],
  ]);
  expect(await list(401)).toEqual([[30, 432, 1, true]]);
});
