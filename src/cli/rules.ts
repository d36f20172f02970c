import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { styleText } from 'node:util';
import { Command } from 'commander';
import type { ApiBody, RulePreviewView } from '../api/client.ts';
import { depthRule, isTooDeep } from '../config/json-depth.ts';
import { ConveyError } from '../errors.ts';
import { callerDir, configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { withConnection } from './connections.ts';
import { jsonOption, printJson } from './json-option.ts';
import { selectSite, siteOption } from './site-option.ts';
import { print } from './terminal.ts';
import { sanitizeForTerminal, table } from './terminal-output.ts';

interface TestOptions {
  readonly config: string;
  readonly site?: string;
  readonly connection?: string;
  readonly file?: string;
  readonly json?: true;
}

type GivenRules = NonNullable<ApiBody<'POST /api/sites/:site/rules/preview'>['rules']>;

export function rules(): Command {
  const test = new Command('test')
    .description('Evaluate rules on the newest 1,000 events. Nothing is sent or stored.')
    .option(...configOption)
    .option(...siteOption)
    .option('--connection <id>', 'only this connection')
    .option('--file <file>', 'a JSON list of rules, in place of those of the connection, or of the site without --connection')
    .option(...jsonOption)
    .action(async (input: TestOptions) => {
      const options = withConnection(input);
      const { config, connection, file, json } = options;
      const given = file === undefined ? undefined : readRules(resolve(callerDir, file));
      const ask = connectToGateway(loadConfig(config));
      const site = await selectSite(ask, options);
      const body = { ...(connection !== undefined && { connection }), ...(given && { rules: given }) };
      const preview = await ask('POST /api/sites/:site/rules/preview', { site }, body);
      if (json) printJson(preview);
      else print(formatPreview(preview));
    });
  return new Command('rules').description('Rules that skip, rename, change and add events.').addCommand(test);
}

/** Reads a list of rules. The gateway checks them. @throws ConveyError */
function readRules(path: string): GivenRules {
  let input: unknown;
  let isDeep = false;
  try {
    const text = readFileSync(path, 'utf8');
    isDeep = isTooDeep(text);
    input = isDeep ? undefined : JSON.parse(text);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new ConveyError(
      isMissing ? `There is no file ${path}` : `${path} is not valid JSON`,
      isMissing ? 'Check the path' : 'Check for a missing comma, quote or bracket',
    );
  }
  if (isDeep) throw new ConveyError(`${path} cannot be read`, depthRule.replace(/\.$/, ''));
  if (isRuleList(input)) return input;
  throw new ConveyError(`${path} is not a list of rules`, 'Write a JSON array, as `rules` in the config file');
}

function isRuleList(input: unknown): input is GivenRules {
  return Array.isArray(input) && input.every((one: unknown) => typeof one === 'object' && one !== null && !Array.isArray(one));
}

const shownEvents = 10;

/** Formats the effects of rules on each connection: the sums, the rules, and the newest events. */
export function formatPreview({ events, list, connections }: RulePreviewView): string {
  const warnings = list.flatMap(({ name, warning }) =>
    warning === undefined ? [] : [`${styleText('yellow', 'warning')}  ${sanitizeForTerminal(`Rule “${name}”: ${warning}`, 400)}`],
  );
  const effects = connections.map(({ connection, skipped, renamed, changed, added, rules: counted, affected }) => {
    const sums = `Of the last ${events} events: ${skipped} would be skipped, ${renamed} renamed, ${changed} changed, ${added} added.`;
    const head = `${styleText('bold', connection)}  ${sums}`;
    const names = counted.map(({ id, name, events: some }) => [id, sanitizeForTerminal(name, 40), String(some)]);
    const rows = affected
      .slice(0, shownEvents)
      .map(({ id, effects }) => `${sanitizeForTerminal(id, 40)}  ${sanitizeForTerminal(effects.join(' '), 200)}`);
    if (counted.length === 0) return `${connection}  has no rules that are on.`;
    return [head, table(['rule', 'name', 'events'], names), ...rows].join('\n');
  });
  return [...effects, ...(warnings.length > 0 ? [warnings.join('\n')] : [])].join('\n\n');
}
