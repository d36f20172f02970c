import { expect, test } from 'vitest';
import { explainUsageError } from './usage-error.ts';

test.each([
  [
    "error: option '-n, --limit <count>' argument 'many' is invalid. Use a number from 1 to 1000.\n",
    'The value of --limit is not valid. Use a number from 1 to 1000. See `convey events --help`',
  ],
  [
    "error: unknown option '--folow'\n(Did you mean --follow?)",
    'There is no option --folow. Did you mean --follow? See `convey events --help`',
  ],
  ["error: unknown option '--x'", 'There is no option --x. See `convey events --help`'],
  [
    "error: unknown command 'evnt'\n(Did you mean one of event, events?)",
    'There is no command evnt. Did you mean event, events? See `convey events --help`',
  ],
  ["error: required option '-s, --site <id>' not specified", 'The option --site is missing. See `convey events --help`'],
  ["error: missing required argument 'id'", 'The argument <id> is missing. See `convey events --help`'],
  ["error: option '--since <time>' argument missing", 'The option --since needs a value. See `convey events --help`'],
  [
    "error: too many arguments for 'event'. Expected 1 argument but got 2.",
    'The command takes 1 of the 2 arguments. See `convey events --help`',
  ],
  [
    "error: too many arguments for 'demo'. Expected 0 arguments but got 1.",
    'The command takes no argument. See `convey events --help`',
  ],
  [
    "error: unknown command 'init'",
    'There is no command init. Run `convey start`, which needs no config file, and create the site in the dashboard. See `convey events --help`',
  ],
  ['error: something new.', 'something new. See `convey events --help`'],
])('explainUsageError rewrites %j', (text, expected) => {
  expect(explainUsageError(text, 'convey events')).toBe(expected);
});
