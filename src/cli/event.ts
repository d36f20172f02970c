import { styleText } from 'node:util';
import { Command } from 'commander';
import type { EventStepState, TimelineView } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { consentUses, type UseChoices } from '../event/consent.ts';
import { formatCount } from '../event/format-numbers.ts';
import { consentDoesNotApply, isStoredWithoutPerson } from '../event/stored-without-person.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { jsonOption, printJson } from './json-option.ts';
import { print } from './terminal.ts';
import { formatIssue, money, outcomeColour, sanitizeForTerminal, table, time } from './terminal-output.ts';

export function event(): Command {
  return new Command('event')
    .description(
      'Show one event in detail. Lists its reports and outcomes, and the requests to the platforms with their responses.',
    )
    .argument('<id>', 'the event id')
    .option(...configOption)
    .option('-s, --site <id>', 'only this site')
    .option(...jsonOption)
    .action(async (id: string, options: { config: string; site?: string; json?: true }) => {
      const ask = connectToGateway(loadConfig(options.config));
      const status = await ask('GET /api/status');
      const found: TimelineView[] = [];
      for (const { id: site } of status.sites) {
        if (options.site === undefined || options.site === site)
          found.push(...(await ask('GET /api/sites/:site/timelines', { site, id })));
      }
      if (found.length === 0)
        throw new ConveyError(
          `There is no event with the id ${sanitizeForTerminal(id)}`,
          'See `convey events` for the ids. Rejected events have no id',
        );
      if (options.json) printJson(found);
      else print(found.map((one) => timeline(one, id)).join('\n\n'));
    });
}

function formatConsent(consent: NonNullable<TimelineView['event']>['consent']): string {
  const { stated, effective, source } = consent;
  return `${stated}${source ? ` (by ${source})` : ''}, counts as ${effective}${formatDeniedUses(consent)}`;
}

function formatDeniedUses(consent: UseChoices): string {
  const denied = consentUses.filter((use) => consent[use] === 'denied');
  return denied.length > 0 ? `, without ${denied.join(' and ')}` : '';
}

/** The names of keys as `--has` and the match quality have them. The normal forms of an address are one key. */
const keyNames: readonly (readonly [RegExp, string])[] = [
  [/^email[A-Z]\w*$/, 'email'],
  [/^phone[A-Z]\w*$/, 'phone'],
  [/^anonymousId$/, 'visitor'],
  [/^externalId$/, 'external-id'],
  [/^ip$/, 'address'],
  [/^userAgent$/, 'agent'],
];

function formatKeys(keys: readonly string[]): string {
  const names = keys.map((key) => keyNames.find(([pattern]) => pattern.test(key))?.[1] ?? key);
  return [...new Set(names)].join(', ') || 'none';
}

/** Formats the timeline of an event. */
export function timeline(
  { event, says, record, copies, recalled, connections }: TimelineView,
  id = event?.id ?? 'an event',
): string {
  const head = event
    ? [
        `${styleText('bold', sanitizeForTerminal(event.name))}  ${sanitizeForTerminal(event.id)}`,
        `  happened   ${time(event.time)} UTC`,
        event.addedBy
          ? `  added      ${time(event.receivedAt)} UTC, by the rule ${event.addedBy.rule} for ${event.addedBy.connection}`
          : `  received   ${time(event.receivedAt)} UTC, from ${sanitizeForTerminal(event.reportedBy)}`,
        `  consent    ${isStoredWithoutPerson(event) ? consentDoesNotApply : formatConsent(event.consent)}`,
        ...(isStoredWithoutPerson(event) ? [] : [`  country    ${sanitizeForTerminal(event.countryText)}`]),
        `  match keys ${formatKeys(event.keys)}`,
        ...(event.page.url === undefined ? [] : [`  page       ${sanitizeForTerminal(event.page.url)}`]),
        ...(event.commerce.value === undefined ? [] : [`  value      ${money(event.commerce.value, event.commerce.currency)}`]),
        ...event.warnings.map(
          (issue) => `  ${styleText('yellow', 'warning')}    ${sanitizeForTerminal(formatIssue(issue), 400)}`,
        ),
      ]
    : [
        `${record ? `${styleText('bold', sanitizeForTerminal(record.name))}  ` : ''}${sanitizeForTerminal(id)}`,
        ...(record
          ? [
              `  received   ${time(record.receivedAt)} UTC${record.reportedBy ? `, from ${sanitizeForTerminal(record.reportedBy)}` : ''}`,
            ]
          : []),
        `  removed    ${says ?? 'The data of the event was removed.'}`,
      ];
  const reports = copies.map((copy) => `  duplicate  ${time(copy.receivedAt)} UTC, from ${sanitizeForTerminal(copy.reportedBy)}`);
  const added = recalled.map(
    ({ key, from }) => `  added      ${sanitizeForTerminal(key)}, found by the ${sanitizeForTerminal(from)}`,
  );
  return [...head, ...reports, ...added, ...stepLines(connections), ...connections.flatMap(connectionLines)].join('\n');
}

const stepWords = {
  done: 'yes',
  failed: 'failed',
  waiting: 'waiting',
  skipped: 'skipped',
  unknown: 'unknown',
  'not-applicable': 'does not apply',
  none: '–',
} as const satisfies Record<EventStepState, string>;

/** Formats how far the event came on its way to each platform, one line each. */
function stepLines(connections: TimelineView['connections']): readonly string[] {
  const [first] = connections;
  if (!first || first.steps.length === 0) return [];
  const head = ['connection', ...first.steps.map(({ step }) => step)];
  const rows = connections.map(({ connection, steps }) => [connection, ...steps.map(({ state }) => stepWords[state])]);
  return table(head, rows)
    .split('\n')
    .map((line) => `  ${line}`);
}

function connectionLines({
  connection,
  outcome,
  says,
  waitsUntil,
  issues,
  rules,
  attempts,
  checks,
  uploads,
}: TimelineView['connections'][number]): string[] {
  const until = waitsUntil === undefined ? '' : ` Until ${time(waitsUntil)} UTC.`;
  return [
    `  ${styleText('bold', connection)}  ${styleText(outcomeColour(outcome), outcome)}  ${says}${until}`,
    ...issues.map((issue) => `    ${sanitizeForTerminal(formatIssue(issue), 400)}`),
    ...(outcome === 'delivered' ? formatProblems(checks) : []),
    // The issues have the rule that skipped the event.
    ...(rules?.effects ?? [])
      .filter(({ did }) => did !== 'skip')
      .map(({ message }) => `    ${sanitizeForTerminal(message, 400)}`),
    ...attempts.flatMap(({ startedAt, events, result, status, payload, answer, receipt, issues: about }) => [
      `    ${time(startedAt)} UTC  request with ${formatCount(events, 'event')}  ${status ?? 'no response'}  ${result}`,
      ...formatPayload(payload),
      ...(answer === undefined || answer === '' ? [] : [`      response ${sanitizeForTerminal(answer, 600)}`]),
      ...(receipt === undefined
        ? []
        : [
            `      verdict  asked for ${formatCount(receipt.asks, 'time')}, next at ${time(receipt.askAt)} UTC; ticket ${sanitizeForTerminal(receipt.ticket || 'unknown', 200)}`,
          ]),
      ...about.map((issue) => `      ${sanitizeForTerminal(formatIssue(issue), 400)}`),
    ]),
    ...uploads.map(({ state, says: upload, triedAt, dueAt = triedAt, code, trackingId }) => {
      const answer = [code, trackingId === undefined ? undefined : `tracking id ${trackingId}`].filter(
        (part) => part !== undefined,
      );
      const at = dueAt === undefined ? '' : `${time(dueAt)} UTC  `;
      return `    ${at}refund  ${state}  ${sanitizeForTerminal([upload, ...answer].join('  '), 400)}`;
    }),
  ];
}

/** Formats the conditions of an accepted event that do not hold. Its issues have the problems of fields. */
function formatProblems(checks: TimelineView['connections'][number]['checks']): readonly string[] {
  return checks
    .filter(({ answer, guide }) => answer === 'no' && guide?.hash !== 'delivered-with-a-warning')
    .map(({ title, message }) => `    ${title}: no. ${sanitizeForTerminal(message, 400)}`);
}

const longestPayload = 100;

/** Formats a payload as JSON with one member a line. */
export function formatPayload(payload: TimelineView['connections'][number]['attempts'][number]['payload']): readonly string[] {
  const lines = JSON.stringify(payload, null, 2).split('\n');
  const shown = lines.slice(0, longestPayload).map((line) => sanitizeForTerminal(line, 400));
  const more = lines.length > longestPayload ? [`… ${formatCount(lines.length - longestPayload, 'more line')}`] : [];
  return [...shown, ...more].map((line, at) => (at === 0 ? `      request  ${line}` : `      ${line}`));
}
