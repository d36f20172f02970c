import { type Command, InvalidArgumentError } from 'commander';
import { type EventFilters, isOutcomeName, outcomeNames } from '../api/client.ts';
import { isReporter, reporters } from '../event/event.ts';
import { normalizeEventName } from '../event/event-names.ts';
import { isMatchKey, matchKeys } from '../event/match-keys.ts';
import { isSkipReason } from '../event/skip-reasons.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../event/units.ts';

type Outcome = (typeof outcomeNames)[number];

const skips = outcomeNames.filter(isSkipReason);
const states = outcomeNames.filter((name) => !isSkipReason(name));
/** Stands for every reason of a skip. */
const anySkip = 'skipped';

/** Adds the options that say which events are listed. Commander keeps them under the names of the filters. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--event <name>', 'only events of this name; may be given again', each(readName))
    .option(
      '--outcome <outcome>',
      `only what came to this: ${states.join(', ')}, ${anySkip}, or one reason of a skip (${skips.join(', ')}); may be given again`,
      (text: string, before: readonly Outcome[] = []) => [...before, ...readOutcome(text)],
    )
    .option(
      '--reporter <reporter>',
      `only what this one reported: ${either(reporters)}; may be given again`,
      each(oneOf(isReporter, reporters)),
    )
    .option('--connection <id>', 'only the outcomes of this connection, such as bing or shop/bing')
    .option(
      '--has <key>',
      `only what can be matched by this: ${either(matchKeys)}; may be given again`,
      each(oneOf(isMatchKey, matchKeys)),
    )
    .option(
      '--lacks <key>',
      'only what cannot be matched by this, a key as of --has; may be given again',
      each(oneOf(isMatchKey, matchKeys)),
    )
    .option(
      '--since <time>',
      'only what happened then or later: 2026-11-24T10:00:00Z, or so long ago: 90s, 15m, 2h, 7d',
      parseTimeOption,
    )
    .option('--until <time>', 'only what happened before then, as of --since', parseTimeOption)
    .option('--text <text>', "only where this is part of the event's id or of its order's", readText);
}

/** The filters among a command's options; `undefined` where none was given. */
export function parseFilters(options: EventFilters): EventFilters | undefined {
  const { event, outcome, reporter, connection, has, lacks, since, until, text } = options;
  const all = { event, outcome, reporter, connection, has, lacks, since, until, text };
  return Object.values(all).some((asked) => asked !== undefined) ? all : undefined;
}

function each<T>(read: (text: string) => T): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => [...before, read(text)];
}

function oneOf<T extends string>(is: (text: string) => text is T, names: readonly string[]): (text: string) => T {
  return (text) => {
    if (is(text)) return text;
    throw new InvalidArgumentError(`it must be one of ${names.join(', ')}`);
  };
}

function readOutcome(text: string): readonly Outcome[] {
  return text === anySkip ? skips : [oneOf(isOutcomeName, [...states, anySkip, ...skips])(text)];
}

function either(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function readName(text: string): string {
  const name = normalizeEventName(text);
  if (name === undefined)
    throw new InvalidArgumentError('it must be the name of an event, such as Purchase: a letter, then letters, digits or _');
  return name;
}

function readText(text: string): string {
  if (text.trim() === '' || text.length > 128) throw new InvalidArgumentError('it must have 1 to 128 characters');
  return text;
}

const units: Readonly<Record<string, number>> = { s: secondMs, m: minuteMs, h: hourMs, d: dayMs };
const isoTime = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** So long ago, or a time of the calendar; UTC where it names no zone. */
/** A time as an option of the command line gives it; Commander says what is wrong with it. */
export function parseTimeOption(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return Date.now() - Number(count) * (units[unit] ?? 0);
  const [iso, zone] = isoTime.exec(text) ?? [];
  const time = iso === undefined ? Number.NaN : Date.parse(zone === undefined && iso.includes('T') ? `${iso}Z` : iso);
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError(
    'it must be a time such as 2026-11-24T10:00:00Z, in UTC where it names no zone, or so long ago: 90s, 15m, 2h, 7d',
  );
}
