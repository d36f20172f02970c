import { inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type ApiClient, click, readText, startApi } from '../campaign-management/api.fixture.ts';

/** Asks for a report. Returns its status after two polls. */
async function ask(
  api: ApiClient,
  report: object,
): Promise<{ readonly Status: string; readonly ReportDownloadUrl: string | null }> {
  const { body } = await api.call('/Reporting/v13/GenerateReport/Submit', { ReportRequest: report });
  const poll = async () => {
    const sent = { ReportRequestId: readText(body, 'ReportRequestId') };
    return Object((await api.call('/Reporting/v13/GenerateReport/Poll', sent)).body).ReportRequestStatus;
  };
  expect(await poll()).toEqual({ Status: 'Pending', ReportDownloadUrl: null });
  return poll();
}

/** Downloads a report without a bearer token and unpacks its only entry. */
async function download(url: string | null): Promise<readonly string[]> {
  const zip = Buffer.from(await (await fetch(url ?? '')).arrayBuffer());
  const start = 30 + zip.readUInt16LE(26);
  const csv = inflateRawSync(zip.subarray(start, start + zip.readUInt32LE(18))).toString();
  return csv.replace('\uFEFF', '').trim().split('\r\n');
}

test('a report says what each goal counted on each day', async () => {
  const api = await startApi();
  await api.sendEvent();
  await api.sendEvent({ eventId: 'e-2', customData: { value: 20.5, currency: 'USD' } });
  const Columns = ['TimePeriod', 'Goal', 'AllConversions', 'AllRevenue'];
  const status = await ask(api, { Type: 'GoalsAndFunnelsReportRequest', Columns });
  expect(status).toMatchObject({ Status: 'Success', ReportDownloadUrl: expect.stringContaining('/Reporting/v13/Download/') });
  expect(await download(status.ReportDownloadUrl)).toEqual([
    '"TimePeriod","Goal","AllConversions","AllRevenue"',
    '"2026-11-27","purchase","2","120.50"',
  ]);
});

test('a report lists the clicks that events named, with their conversions', async () => {
  const api = await startApi();
  await api.sendEvent({ eventName: 'view_item', eventId: 'v-1' });
  await api.sendEvent();
  const { ReportDownloadUrl: url } = await ask(api, { Type: 'MSClickIdPerformanceReportRequest' });
  expect((await download(url))[1]).toBe(`"2026-11-27","${click.replaceAll('-', '')}","1","","","1","100.00"`);
});

test('a report without rows has no address, and one beyond a day is unknown', async () => {
  const api = await startApi();
  await api.sendEvent();
  const Time = {
    CustomDateRangeStart: { Year: 2026, Month: 11, Day: 1 },
    CustomDateRangeEnd: { Year: 2026, Month: 11, Day: 26 },
  };
  expect(await ask(api, { Type: 'GoalsAndFunnelsReportRequest', Time })).toEqual({ Status: 'Success', ReportDownloadUrl: null });
  const { ReportDownloadUrl: url } = await ask(api, { Type: 'GoalsAndFunnelsReportRequest' });
  api.advance(86_400_000);
  expect((await fetch(url ?? '')).status).toBe(404);
});

test('unknown reports and columns are refused, and too many at once', async () => {
  const api = await startApi();
  const submit = async (ReportRequest: object) =>
    Object((await api.call('/Reporting/v13/GenerateReport/Submit', { ReportRequest })).body);
  for (const report of [{ Type: 'Other' }, { Type: 'GoalsAndFunnelsReportRequest', Columns: ['Clicks'] }])
    expect(await submit(report)).toMatchObject({ OperationErrors: [{ Code: 100 }] });
  const answers = [];
  for (let count = 0; count < 6; count += 1) answers.push(await submit({ Type: 'GoalsAndFunnelsReportRequest' }));
  expect(answers.at(-1)).toMatchObject({ OperationErrors: [{ Code: 207 }] });
});
