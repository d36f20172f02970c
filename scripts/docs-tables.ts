import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { accessErrorStatus } from '../src/api/auth/error-response.ts';
import { errorStatus } from '../src/api/http/api-errors.ts';
import { listRoutes } from '../src/api/http/route.ts';
import { routes } from '../src/api/routes.ts';
import { loadCommands } from '../src/cli/run-cli.ts';
import { alertChannelSchema, secretChannelSettings } from '../src/config/alerts.ts';
import { fileSchema } from '../src/config/schema.ts';
import { type ErrorCode, errorCodes, errors } from '../src/errors.ts';
import { alertChannelTypes, alertConditionNames, alertConditions } from '../src/event/alert-conditions.ts';
import { listAliases, standardEventNames } from '../src/event/event-names.ts';
import { rejectionReasons } from '../src/event/rejection-reasons.ts';
import { skipReasons } from '../src/event/skip-reasons.ts';
import { ingestErrorStatus } from '../src/ingest/http/error-response.ts';
import { describeMetrics } from '../test/metrics.fixture.ts';

/**
 * Writes the parts of docs/reference that follow from the code, between the markers `<!-- generated: NAME -->` and `<!-- end -->`.
 * `--check` writes nothing, and exits 1 if a page differs from the code.
 */

type Part = () => string | Promise<string>;

/** The generated parts by page. */
const parts: Readonly<Record<string, Readonly<Record<string, Part>>>> = {
  'admin-api.md': { routes: formatRoutes },
  'cli.md': { commands: formatCommands },
  'config.md': {
    gateway: () => formatConfigKeys((key) => !key.includes('[]') && !key.startsWith('alerts.')),
    site: () => formatConfigKeys((key) => key.startsWith('sites[].') && !/^sites\[\]\.(?:tags|uet|connections\[\])\./.test(key)),
    tags: formatTags,
    connection: () => formatConfigKeys((key) => key.startsWith('sites[].connections[].')),
    alerts: () => formatConfigKeys((key) => key.startsWith('alerts.')),
    'alert-channels': formatAlertChannels,
    'alert-conditions': formatAlertConditions,
  },
  'errors.md': { collector: formatCollectorErrors, admin: formatAdminErrors },
  'events.md': { names: formatNames, rejections: formatRejections },
  'metrics.md': {
    counters: () => formatMetrics('counter'),
    histograms: () => formatMetrics('histogram'),
    gauges: () => formatMetrics('gauge'),
  },
  'skips.md': { skips: formatSkips },
};

/** Returns each page with the text that it should have. */
export async function renderPages(): Promise<
  readonly { readonly path: string; readonly text: string; readonly rendered: string }[]
> {
  return Promise.all(
    Object.entries(parts).map(async ([page, ofPage]) => {
      const path = join(import.meta.dirname, '../docs/reference', page);
      const text = readFileSync(path, 'utf8');
      let rendered = text;
      for (const [name, render] of Object.entries(ofPage)) {
        const marked = new RegExp(`(<!-- generated: ${name} -->\n)[\\s\\S]*?(<!-- end -->\n)`);
        if (!marked.test(rendered)) throw new Error(`docs/reference/${page} has no part "${name}". Add its two markers.`);
        const body = await render();
        rendered = rendered.replace(marked, (_, start: string, end: string) => `${start}\n${body}\n\n${end}`);
      }
      return { path, text, rendered };
    }),
  );
}

function formatList(entries: readonly string[]): string {
  return entries.map((entry) => `- ${entry}`).join('\n');
}

const mark = (text: string) => `\`${text}\``;

interface Key {
  readonly key: string;
  readonly standard: string;
  readonly says: string;
}

const schemaNode = z.object({
  description: z.string().default(''),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  required: z.array(z.string()).default([]),
  default: z.unknown().optional(),
});

/** Returns the keys of a JSON Schema. The two figures of a rate are one key. */
function listKeys(schema: unknown, within = ''): readonly Key[] {
  const { properties = {}, required } = schemaNode.parse(schema);
  return Object.entries(properties).flatMap(([name, member]) => {
    const key = `${within}${name}`;
    const { properties: inner = {}, items, default: standard, description: says } = schemaNode.parse(member);
    const names = Object.keys(inner);
    if (names.join() === 'perSecond,burst') {
      const figures = Object.values(inner).map((figure) => String(schemaNode.parse(figure).default));
      return [{ key, standard: figures.join(', '), says }];
    }
    if (names.length > 0) return listKeys(member, `${key}.`);
    const shown = required.includes(name) ? 'required' : standard === undefined ? 'none' : mark(JSON.stringify(standard));
    const ofItems = schemaNode.safeParse(items).data?.properties === undefined ? [] : listKeys(items, `${key}[].`);
    return [{ key, standard: shown, says }, ...ofItems];
  });
}

const configKeys = listKeys(z.toJSONSchema(fileSchema, { io: 'input' }));

function formatConfigKeys(isShown: (key: string) => boolean): string {
  const keys = configKeys.filter(({ key }) => isShown(key));
  for (const { key, says } of keys)
    if (says === '') throw new Error(`The config key ${key} has no description. Add .describe().`);
  return formatList(keys.map(formatKey));
}

function formatTags(): string {
  const tags = Map.groupBy(
    configKeys.filter(
      ({ key, standard }) => key.startsWith('sites[].tags.') && !(key.endsWith('.mode') && standard === '`"off"`'),
    ),
    ({ key }) => key.split('.')[2] ?? '',
  );
  return formatList(
    [...tags].map(
      ([id, keys]) =>
        `${mark(id)}: ${keys.map(({ key, standard }) => `${mark(key.split('.')[3] ?? '')} (${standard})`).join(', ')}`,
    ),
  );
}

/** Returns the settings of each type of channel besides those of all types. */
function formatAlertChannels(): string {
  const { anyOf = [], oneOf = anyOf } = z
    .object({ anyOf: z.array(z.unknown()).optional(), oneOf: z.array(z.unknown()).optional() })
    .parse(z.toJSONSchema(alertChannelSchema, { io: 'input' }));
  const types = oneOf.map((schema) => listKeys(schema).filter(({ key }) => key !== 'type'));
  const [first = []] = types;
  const shared = first.filter(({ key }) => key !== 'url').map(formatKey);
  const own = alertChannelTypes.map((type, index) => {
    const secrets: readonly string[] = secretChannelSettings[type];
    const added = (types[index] ?? []).filter(({ key }) => !['id', 'sites'].includes(key));
    const lines = added.map((one) => (secrets.includes(one.key) ? `${formatKey(one)} It is a secret.` : formatKey(one)));
    return `${mark(type)}: ${lines.join(' ')}`;
  });
  return formatList([...shared, ...own]);
}

const formatKey = ({ key, standard, says }: Key) => `${mark(key)} (${standard}): ${says}`;

function formatAlertConditions(): string {
  return formatList(
    alertConditionNames.map((on) => {
      const { description, unit, threshold } = alertConditions[on];
      return `${mark(on)} (${threshold} ${unit}): ${description}`;
    }),
  );
}

function formatRoutes(): string {
  return formatList(listRoutes(routes).map(([key, { summary }]) => `${mark(key)}: ${summary}`));
}

async function formatCommands(): Promise<string> {
  const leaves = (await loadCommands()).flatMap((command) => listLeaves(command));
  const shared = findSharedOptions(leaves.flatMap(([, { options }]) => options));
  return [
    'Options that several commands have. `-p` is one of each simulator, `-c` of all others but `demo` and `completion`:',
    formatList([...shared.values()].map(formatOption)),
    ...leaves.map(([name, command]) => formatCommand(name, command, shared)),
  ].join('\n\n');
}

/** Returns the options that several commands describe in the same words. */
function findSharedOptions(options: readonly Option[]): ReadonlyMap<string, Option> {
  const byFlags = Map.groupBy(options, ({ flags }) => flags);
  return new Map(
    [...byFlags].flatMap(([flags, ofFlags]) => {
      const [most = [], second = []] = [...Map.groupBy(ofFlags, formatOption).values()].toSorted(
        (one, other) => other.length - one.length,
      );
      return most[0] && most.length > Math.max(1, second.length) ? [[flags, most[0]] as const] : [];
    }),
  );
}

const maxOptionWords = 25;

/** Formats an option with its description, or with the part before the list of its values if that is long: `--help` has the list. */
function formatOption({ flags, description, defaultValue, argChoices = [] }: Option): string {
  const says = description.split(' ').length > maxOptionWords ? description.replace(/: .*?(; repeatable)?$/, '$1') : description;
  const choices = argChoices.length === 0 ? '' : `: ${argChoices.map(mark).join(', ')}`;
  return `${mark(flags)}: ${says}${choices}${defaultValue === undefined ? '' : ` (default: ${String(defaultValue)})`}`;
}

function listLeaves(command: Command, within = ''): readonly (readonly [name: string, command: Command])[] {
  const name = `${within}${command.name()}`;
  return command.commands.length === 0 ? [[name, command]] : command.commands.flatMap((one) => listLeaves(one, `${name} `));
}

function formatCommand(name: string, command: Command, shared: ReadonlyMap<string, Option>): string {
  const args = command.registeredArguments.map((argument) => ` ${argument.name().toUpperCase()}`).join('');
  const isShared = (option: Option) => formatOption(option) === formatOption(shared.get(option.flags) ?? new Option('--none'));
  const own = command.options.filter((option) => !isShared(option)).map(formatOption);
  const others = command.options
    .filter((option) => isShared(option) && option.long !== '--config' && option.long !== '--port')
    .map(({ long, short }) => mark(short ?? long ?? ''));
  const options = formatList([...own, ...(others.length > 0 ? [others.join(', ')] : [])]);
  return [`## ${mark(`convey ${name}${args}`)}`, command.description(), options].filter(Boolean).join('\n\n');
}

const isOfCollector = (code: string) => Object.hasOwn(ingestErrorStatus, code);

const allStatuses: Readonly<Record<string, number>> = { ...errorStatus, ...accessErrorStatus, ...ingestErrorStatus };

/** Returns the error codes by status. */
function groupErrors(isShown: (code: string) => boolean): readonly (readonly [status: number, codes: readonly ErrorCode[]])[] {
  const shown = errorCodes.filter(isShown);
  for (const code of shown) if (allStatuses[code] === undefined) throw new Error(`The error code ${code} has no status.`);
  return [...Map.groupBy(shown, (code) => allStatuses[code] ?? 0)].toSorted(([one], [other]) => one - other);
}

function formatCollectorErrors(): string {
  const groups = groupErrors(isOfCollector);
  return formatList(groups.flatMap(([status, codes]) => codes.map((code) => `${mark(code)} (${status}): ${errors[code].what}`)));
}

/** The API's own reference page explains each code where it may occur. */
function formatAdminErrors(): string {
  return formatList(
    groupErrors((code) => !isOfCollector(code)).map(([status, codes]) => `${status}: ${codes.map(mark).join(', ')}`),
  );
}

function formatNames(): string {
  // The first label is the metric's name.
  return formatList(standardEventNames.map((name) => `${mark(name)}: ${listAliases(name).slice(1).map(mark).join(', ')}`));
}

/** The rule of a rejection, without the remedy. */
function formatRejections(): string {
  return formatList(
    Object.entries(rejectionReasons).map(([code, reason]) => `${mark(code)}: ${/^.*?\.(?= |$)/.exec(reason)?.[0] ?? reason}`),
  );
}

const siteLabels = new Set(['site', 'connection']);

async function formatMetrics(shown: string): Promise<string> {
  const own = (await describeMetrics()).filter(({ name, type }) => name.startsWith('convey_') && type === shown);
  const listed = own.map(({ name, labels, help }) => ({
    name,
    shared: labels.filter((label) => siteLabels.has(label)),
    others: labels.filter((label) => !siteLabels.has(label)),
    help,
  }));
  return [...Map.groupBy(listed, ({ shared }) => shared.map(mark).join(' and '))]
    .map(([shared, metrics]) => {
      const entries = metrics.map(({ name, others, help }) =>
        [mark(name), ...(others.length > 0 ? [`by ${others.map(mark).join(', ')}`] : [])].join(' ').concat(`: ${help}`),
      );
      return `${shared === '' ? 'The gateway' : `Each ${shared}`}:\n\n${formatList(entries)}`;
    })
    .join('\n\n');
}

function formatSkips(): string {
  return formatList(
    Object.entries(skipReasons).map(([reason, { why, remedy }]) => {
      return `${mark(reason)}: ${why}${remedy === 'No action needed.' ? '' : ` ${remedy}`}`;
    }),
  );
}

if (import.meta.main) {
  const isCheck = process.argv.includes('--check');
  for (const { path, text, rendered } of await renderPages()) {
    if (rendered === text) continue;
    if (isCheck) {
      console.error(`error: ${path} differs from the code. Run npm run docs:tables`);
      process.exitCode = 1;
    } else writeFileSync(path, rendered);
  }
}
