import { type Command, InvalidArgumentError, Option } from 'commander';
import { type EventFilters, isOutcomeName, outcomeNames } from '../api/client.ts';
import { type EffectiveConsent, effectiveConsents } from '../event/consent.ts';
import { isReportSource, reportSources } from '../event/event.ts';
import { normalizeEventName } from '../event/event-names.ts';
import { isIssueCode } from '../event/issue.ts';
import { isMatchKey, matchKeys } from '../event/match-keys.ts';
import { eventGaps, isEventGap } from '../event/order-accuracy.ts';
import { isRuleId } from '../event/rule.ts';
import { isSkipReason } from '../event/skip-reasons.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../event/units.ts';

type Outcome = (typeof outcomeNames)[number];

const skips = outcomeNames.filter(isSkipReason);
const states = outcomeNames.filter((name) => !isSkipReason(name));
/** Selects all skip reasons. */
const anySkip = 'skipped';

/**
 * Adds the options that filter events. Commander stores their values under the names of the filters.
 * @param only the flags to add; all by default
 */
export function addFilterOptions(command: Command, only?: readonly string[]): Command {
  const options = [
    new Option('--event <name>', 'only events with this name; repeatable').argParser(each(readName)),
    new Option(
      '--outcome <outcome>',
      `only events with this outcome: ${states.join(', ')}, ${anySkip}, or one skip reason (${skips.join(', ')}); repeatable`,
    ).argParser((text: string, before: readonly Outcome[] = []) => [...before, ...readOutcome(text)]),
    new Option('--reason <code>', 'only events whose outcome has an issue with this code; repeatable').argParser(each(readCode)),
    new Option('--rule <id>', 'only events on which this rule had an effect; repeatable').argParser(each(readRule)),
    new Option(
      '--gap <gap>',
      'only orders of the shop that `convey accuracy` counts under this gap, such as unsent or rejected; repeatable',
    ).argParser(each(createChoiceParser(isEventGap, eventGaps))),
    new Option('--reporter <reporter>', `only events from this source: ${either(reportSources)}; repeatable`).argParser(
      each(createChoiceParser(isReportSource, reportSources)),
    ),
    new Option('--connection <id>', 'only the outcomes of this connection, such as bing or shop/bing'),
    new Option(
      '--consent <consent>',
      `only events to which this consent applies: ${either(effectiveConsents)}; repeatable`,
    ).argParser(each(createChoiceParser(isEffectiveConsent, effectiveConsents))),
    new Option('--country <code>', 'only events of shoppers in this country, such as DE; repeatable').argParser(
      each(readCountry),
    ),
    new Option('--has <key>', `only events with this match key: ${either(matchKeys)}; repeatable`).argParser(
      each(createChoiceParser(isMatchKey, matchKeys)),
    ),
    new Option('--lacks <key>', 'only events without this match key, one of those of --has; repeatable').argParser(
      each(createChoiceParser(isMatchKey, matchKeys)),
    ),
    new Option(
      '--since <time>',
      'only events at or after this time: 2026-11-24T10:00:00Z, or an age such as 90s, 15m, 2h, 7d',
    ).argParser(parseTimeOption),
    new Option('--until <time>', 'only events before this time, in the format of --since').argParser(parseTimeOption),
    new Option('--text <text>', 'only events with this text in the event id or the order id').argParser(readText),
  ];
  for (const option of options) if (only === undefined || only.includes(option.long ?? '')) command.addOption(option);
  return command;
}

/** Extracts the filters from a command's options. Returns `undefined` if none is set. */
export function parseFilters(options: EventFilters): EventFilters | undefined {
  const { event, outcome, reason, rule, gap, reporter, connection, consent, country, has, lacks, since, until, text } = options;
  const all = { event, outcome, reason, rule, gap, reporter, connection, consent, country, has, lacks, since, until, text };
  return Object.values(all).some((filter) => filter !== undefined) ? all : undefined;
}

function each<T>(read: (text: string) => T): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => [...before, read(text)];
}

function createChoiceParser<T extends string>(is: (text: string) => text is T, names: readonly string[]): (text: string) => T {
  return (text) => {
    if (is(text)) return text;
    throw new InvalidArgumentError(`Use one of ${names.join(', ')}.`);
  };
}

function readOutcome(text: string): readonly Outcome[] {
  return text === anySkip ? skips : [createChoiceParser(isOutcomeName, [...states, anySkip, ...skips])(text)];
}

function either(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function readName(text: string): string {
  const name = normalizeEventName(text);
  if (name === undefined)
    throw new InvalidArgumentError('Use an event name such as Purchase: a letter, then letters, digits or _.');
  return name;
}

function isEffectiveConsent(text: string): text is EffectiveConsent {
  return effectiveConsents.some((consent) => consent === text);
}

function readCode(text: string): string {
  if (!isIssueCode(text)) throw new InvalidArgumentError('Use the code of an issue, such as too-old.');
  return text;
}

function readRule(text: string): string {
  if (!isRuleId(text)) throw new InvalidArgumentError('Use the id of a rule, such as wholesale.');
  return text;
}

function readCountry(text: string): string {
  const code = text.toUpperCase();
  if (!/^[A-Z]{2}$/.test(code)) throw new InvalidArgumentError('Use an ISO 3166-1 alpha-2 code, such as DE.');
  return code;
}

function readText(text: string): string {
  if (text.trim() === '' || text.length > 128) throw new InvalidArgumentError('Use 1 to 128 characters.');
  return text;
}

const units: Readonly<Record<string, number>> = { s: secondMs, m: minuteMs, h: hourMs, d: dayMs };
const isoTime = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** Parses an age or a time; a time without a zone is UTC. @throws InvalidArgumentError, which Commander prints with the option's name. */
export function parseTimeOption(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return Date.now() - Number(count) * (units[unit] ?? 0);
  const [iso, zone] = isoTime.exec(text) ?? [];
  const time = iso === undefined ? Number.NaN : Date.parse(zone === undefined && iso.includes('T') ? `${iso}Z` : iso);
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError(
    'Use a time such as 2026-11-24T10:00:00Z (UTC if it has no zone), or an age such as 90s, 15m, 2h, 7d.',
  );
}
