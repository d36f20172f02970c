import { expect, test } from 'vitest';
import type { HttpRequest } from '../../destinations/kit/http-message.ts';
import type { DownloadResult } from '../clicks/paid-clicks.ts';
import { readClickReport, requestClickReport } from './click-report.ts';
import { MicrosoftClient } from './client.ts';
import { toMicrosoftEndpoints } from './endpoints.ts';

const account = { customerId: '7', accountId: '8' };
const days = { since: '2026-11-25', until: '2026-12-01' };
const url = 'https://download.example/report.zip';
const id = 'a1b2c3d4-e5f6-0718-293a-4b5c6d7e8f90';
const head = ['TimePeriod', 'MSClickId', 'Clicks', 'CampaignId', 'Keyword'];

function open(status: number, body: object, sent: HttpRequest[] = []) {
  return new MicrosoftClient({
    send: async (request) => {
      sent.push(request);
      return status === 0
        ? { failure: 'ECONNREFUSED' }
        : { response: { status, headers: {}, body: JSON.stringify(body), incomplete: false } };
    },
    getAccess: async () => ({ accessToken: 'secret' }),
    context: { endpoints: toMicrosoftEndpoints(), developerToken: 'dev', identityProvider: 'Microsoft', account },
  });
}
const fault = (code: number) => ({ OperationErrors: [{ Code: code, ErrorCode: 'Name', Message: 'secret' }] });
const polled = (status: string, address: string | null = null) => ({
  ReportRequestStatus: { Status: status, ReportDownloadUrl: address },
});
const never = async () => expect.fail('no file');
const download = (rows: readonly (readonly string[])[], result?: DownloadResult) => {
  return async (_: string, onRow: (row: readonly string[]) => void) => {
    for (const row of rows) onRow(row);
    return result;
  };
};

test('a report is requested for whole days of the account, with a time zone', async () => {
  const sent: HttpRequest[] = [];
  expect(await requestClickReport(open(200, { ReportRequestId: 'r-1' }, sent), account, days)).toEqual({ value: 'r-1' });
  expect(sent[0]).toMatchObject({
    url: 'https://reporting.api.bingads.microsoft.com/Reporting/v13/GenerateReport/Submit',
    headers: { customerid: '7', customeraccountid: '8' },
  });
  expect(JSON.parse(sent[0]?.body ?? '').ReportRequest).toMatchObject({
    Type: 'MSClickIdPerformanceReportRequest',
    Aggregation: 'Daily',
    Columns: head,
    Scope: { AccountIds: ['8'] },
    ReturnOnlyCompleteData: true,
    Time: {
      CustomDateRangeStart: { Year: 2026, Month: 11, Day: 25 },
      CustomDateRangeEnd: { Year: 2026, Month: 12, Day: 1 },
      ReportTimeZone: 'GreenwichMeanTimeDublinEdinburghLisbonLondon',
    },
  });
});

test.each([
  ['too many reports at once', 400, fault(207), { code: '207 Name', isPassing: true }],
  ['days that are not complete', 400, fault(2004), { code: '2004 Name', isPassing: true }],
  ['a missing right', 403, fault(106), { code: '106 Name', isPassing: false }],
  ['an account without the report', 400, fault(204), { code: '204 Name', isPassing: false }],
  ['no answer', 0, {}, { code: 'ECONNREFUSED', isUnreached: true, isPassing: true }],
])('a request ends with the reason after %s', async (_, status, body, failure) => {
  const result = await requestClickReport(open(status, body), account, days);
  expect(result).toMatchObject({ failure });
  expect(JSON.stringify(result)).not.toContain('secret');
});

test.each([
  ['is pending', polled('Pending'), 'pending'],
  ['failed', polled('Error'), 'failed'],
  ['has no address, so no rows', polled('Success'), { clicks: [], withoutId: 0 }],
])('a report that %s is not downloaded', async (_, body, value) => {
  expect(await readClickReport(open(200, body), 'r-1', never)).toEqual({ value });
});

test('rows are read by the names of their columns, and each click counts once', async () => {
  const rows = [
    ['Report Name: Convey'],
    ['Clicks', 'Keyword', 'MSClickId', 'TimePeriod', 'CampaignId'],
    ['1', 'red\u0007 shoes', id.toUpperCase(), '2026-11-30', '12'],
    ['1', 'again', id, '2026-12-01', '12'],
    ['0', 'converted later', 'f'.repeat(32), '2026-12-01', '12'],
    ['1', 'no id', '', '2026-12-01', '12'],
    ['1', 'x'.repeat(500), 'e'.repeat(32), '2026-12-01', '<b>'],
    ['1', 'no day', 'd'.repeat(32), '12/1/2026', '12'],
    ['©2026 Microsoft Corporation. All rights reserved. '],
  ];
  expect(await readClickReport(open(200, polled('Success', url)), 'r-1', download(rows))).toEqual({
    value: {
      clicks: [
        { day: '2026-11-30', clickId: id.replaceAll('-', ''), campaign: '12', keyword: 'red  shoes' },
        { day: '2026-12-01', clickId: 'e'.repeat(32), campaign: '', keyword: 'x'.repeat(100) },
      ],
      withoutId: 1,
    },
  });
});

test.each([
  ['has other columns', download([['TimePeriod', 'Clicks']]), { code: 'report-unreadable' }],
  ['is no zip file', download([], { failure: 'not-a-zip' }), { code: 'not-a-zip' }],
  ['is too long', download([head], { failure: 'too-long' }), { code: 'too-long' }],
  ['is at a private address', download([], { failure: 'address-refused' }), { code: 'address-refused' }],
  ['is withheld', download([], { failure: 'HTTP 404' }), { code: 'HTTP 404', isPassing: true }],
  ['was not reached', download([], { failure: 'TIMEOUT', isUnreached: true }), { code: 'TIMEOUT', isUnreached: true }],
])('a file that %s gives the reason', async (_, file, failure) => {
  expect(await readClickReport(open(200, polled('Success', url)), 'r-1', file)).toMatchObject({
    failure: { ...failure, message: expect.stringMatching(/\.$/) },
  });
});
