import { type Command, InvalidArgumentError } from 'commander';
import { type EventFilters, isOutcomeName, outcomeNames } from '../api/client.ts';
import { isReportSource, reportSources } from '../event/event.ts';
import { normalizeEventName } from '../event/event-names.ts';
import { isMatchKey, matchKeys } from '../event/match-keys.ts';
import { isSkipReason } from '../event/skip-reasons.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../event/units.ts';

type Outcome = (typeof outcomeNames)[number];

const skips = outcomeNames.filter(isSkipReason);
const states = outcomeNames.filter((name) => !isSkipReason(name));
/** Selects all skip reasons. */
const anySkip = 'skipped';

/** Adds the options that filter events. Commander stores their values under the names of the filters. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--event <name>', 'only events with this name; repeatable', each(readName))
    .option(
      '--outcome <outcome>',
      `only events with this outcome: ${states.join(', ')}, ${anySkip}, or one skip reason (${skips.join(', ')}); repeatable`,
      (text: string, before: readonly Outcome[] = []) => [...before, ...readOutcome(text)],
    )
    .option(
      '--reporter <reporter>',
      `only events from this source: ${either(reportSources)}; repeatable`,
      each(createChoiceParser(isReportSource, reportSources)),
    )
    .option('--connection <id>', 'only the outcomes of this connection, such as bing or shop/bing')
    .option(
      '--has <key>',
      `only events with this match key: ${either(matchKeys)}; repeatable`,
      each(createChoiceParser(isMatchKey, matchKeys)),
    )
    .option(
      '--lacks <key>',
      'only events without this match key, one of those of --has; repeatable',
      each(createChoiceParser(isMatchKey, matchKeys)),
    )
    .option(
      '--since <time>',
      'only events at or after this time: 2026-11-24T10:00:00Z, or an age such as 90s, 15m, 2h, 7d',
      parseTimeOption,
    )
    .option('--until <time>', 'only events before this time, in the format of --since', parseTimeOption)
    .option('--text <text>', 'only events with this text in the event id or the order id', readText);
}

/** Extracts the filters from a command's options. Returns `undefined` if none is set. */
export function parseFilters(options: EventFilters): EventFilters | undefined {
  const { event, outcome, reporter, connection, has, lacks, since, until, text } = options;
  const all = { event, outcome, reporter, connection, has, lacks, since, until, text };
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
