import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import ts from 'typescript';
import { z } from 'zod';

const root = join(import.meta.dirname, '..');

const rulesSchema = z.strictObject({
  rules: z.array(
    z.strictObject({
      /** `chapter.number`. The title of a test of this rule begins with § and this id. */
      id: z.string().regex(/^[1-9]\.[1-9]\d?$/),
      rule: z.string().min(1),
      source: z.string().regex(/^https:\/\/\S+ \(\d{4}-\d{2}-\d{2}\)$/, 'must be a public URL and the date of access'),
      /** True if the platform does not document the rule and Convey decides it. */
      assumed: z.boolean(),
      /** Tests in other folders. Their titles have no number. */
      heldElsewhere: z.array(z.strictObject({ file: z.string(), title: z.string() })),
    }),
  ),
});

/** A test or a fixture's case, by file and title. */
export interface RuleTest {
  readonly file: string;
  readonly title: string;
}

/** One rule of a platform and its tests. */
export interface VendorRule {
  readonly id: string;
  readonly rule: string;
  readonly source: string;
  readonly assumed: boolean;
  readonly heldElsewhere: readonly RuleTest[];
  /** Numbered tests and cases in the destination's folder. */
  readonly heldHere: readonly RuleTest[];
}

/** Returns the ids of the destinations that have rules. */
export function listRuledDestinations(): readonly string[] {
  const files = globSync('src/destinations/*/fixtures/rules.json', { cwd: root }).toSorted();
  return files.map((file) => basename(dirname(dirname(file))));
}

/** Returns all rules of the destination's `fixtures/rules.json` with their tests. */
export function readVendorRules(destination: string): readonly VendorRule[] {
  const { rules } = rulesSchema.parse(JSON.parse(read(`src/destinations/${destination}/fixtures/rules.json`)));
  const holders = listNumberedTests(destination);
  return rules.map((rule) => ({ ...rule, heldHere: holders.filter(({ title }) => parseRuleNumbers(title).includes(rule.id)) }));
}

/** Returns the tests and cases in the destination's folder whose titles begin with rule numbers. */
export function listNumberedTests(destination: string): readonly RuleTest[] {
  const folder = `src/destinations/${destination}`;
  const files = globSync([`${folder}/*.test.ts`, `${folder}/fixtures/{map,exchange}/*.json`], { cwd: root }).toSorted();
  return files
    .flatMap((file) => readTitles(file).map((title) => ({ file, title })))
    .filter(({ title }) => parseRuleNumbers(title).length > 0);
}

/** Returns the rule numbers at the start of a title: `§2.4 §4.3 a purchase is …`. */
export function parseRuleNumbers(title: string): readonly string[] {
  const [numbers = ''] = /^(?:§\d+\.\d+ )*/.exec(title) ?? [];
  return numbers.split(' ').flatMap((number) => (number === '' ? [] : [number.slice(1)]));
}

/** Returns the titles of a fixture's cases, or of a test file's tests, each with the titles of its groups. */
export function readTitles(file: string): readonly string[] {
  return file.endsWith('.json') ? parseCaseTitles(read(file)) : parseTestTitles(read(file));
}

const titled = z.object({ title: z.string() });
const fixtureSchema = z.object({
  cases: z.array(titled).default([]),
  answers: z.array(titled).default([]),
  request: z.object({ title: z.string().optional() }).optional(),
});

function parseCaseTitles(text: string): readonly string[] {
  const { cases, answers, request } = fixtureSchema.parse(JSON.parse(text));
  return [...cases, ...answers, { title: request?.title ?? '' }].map(({ title }) => title);
}

function parseTestTitles(text: string): readonly string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node, around: readonly string[]): void => {
    const [kind, title] = parseTestCall(node);
    const path = title === undefined ? around : [...around, title];
    if (kind === 'test' || kind === 'it') titles.push(path.join(' > '));
    ts.forEachChild(node, (child) => visit(child, path));
  };
  visit(ts.createSourceFile('titles.ts', text, ts.ScriptTarget.Latest), []);
  return titles;
}

/** Returns the function and the title of a call such as `test('…')` or `test.each(…)('…')`. */
function parseTestCall(node: ts.Node): readonly [kind?: string, title?: string] {
  if (!ts.isCallExpression(node)) return [];
  const [first] = node.arguments;
  if (first === undefined || !ts.isStringLiteralLike(first)) return [];
  let callee: ts.Node = node.expression;
  while (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) callee = callee.expression;
  if (!ts.isIdentifier(callee) || !/^(?:test|it|describe)$/.test(callee.text)) return [];
  return [callee.text, first.text];
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Formats the rules as a Markdown table. */
export function formatRules(rules: readonly VendorRule[]): string {
  const rows = rules.map(({ id, rule, assumed, heldHere, heldElsewhere, source }) => {
    const holders = [...heldHere, ...heldElsewhere].map(({ file, title }) => `${file}: ${title}`);
    return [`§${id}`, assumed ? `${rule} (assumption)` : rule, holders.join('<br>'), source];
  });
  return [['Rule', 'What', 'Held by', 'Source'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

if (import.meta.main) {
  const [asked = 'microsoft'] = process.argv.slice(2);
  if (listRuledDestinations().includes(asked)) console.log(formatRules(readVendorRules(asked)));
  else {
    console.error(`There are no rules of ${asked}. Name one of ${listRuledDestinations().join(', ')}.`);
    process.exitCode = 1;
  }
}
