import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import ts from 'typescript';

const help = `npm run prose -- [FOLDER …]

  Counts the patterns of the style guide (CONTRIBUTING.md) per 1,000 words, and lists the test titles that break it.

  FOLDER  counts only files under these folders, such as src/ingest

  It also lists the sentences of the dashboard that have more than 25 words.
`;

const opening = (words: string) => new RegExp(`(?:^|[.!?:;]\\s+|\\n\\s*\\n\\s*|["(])(?:${words})\\b(?!['’])`, 'g');

/** Patterns that make prose hard to read. */
export const patterns = {
  'What/Who/Whose': opening('What|Who|Whoever|Whose|Whatever'),
  'Of/Where/With/By': opening('Of|Where|Without|With|By|Beside'),
  nobody: /\b(?:nobody|somebody|anybody|whoever|whatever)\b/gi,
  'tell/say': /\b(?:tells?|told|telling|says?|said|saying)\b/gi,
  stand: /\b(?:stands?|stood|standing)\b/gi,
};
export type Pattern = keyof typeof patterns;

/** A title that begins with one of these is half a sentence. */
export const badTitle = /^(?:that|whose|of|by|what|where|in)\b/i;

/** Counts each pattern per 1,000 words. */
export function countPatterns(prose: readonly Prose[]): Readonly<Record<Pattern, number>> {
  const words = prose.reduce((sum, { text }) => sum + (text.match(/[A-Za-z][A-Za-z'-]*/g)?.length ?? 0), 0);
  const per = (pattern: RegExp) =>
    Math.round((100_000 * prose.reduce((sum, { text }) => sum + (text.match(pattern)?.length ?? 0), 0)) / words) / 100;
  return {
    'What/Who/Whose': per(patterns['What/Who/Whose']),
    'Of/Where/With/By': per(patterns['Of/Where/With/By']),
    nobody: per(patterns.nobody),
    'tell/say': per(patterns['tell/say']),
    stand: per(patterns.stand),
  };
}

/** Text of one file: a comment, a message, a page or a title. */
export interface Prose {
  readonly file: string;
  readonly text: string;
}

const root = join(import.meta.dirname, '..');

/** Lists tracked files, and new files that git does not ignore. */
function listFiles(pattern: RegExp): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  return listed.split('\n').filter((file) => pattern.test(file) && existsSync(join(root, file)));
}

const isCode = /^(src|bench|scripts|bin)\/.*\.(ts|tsx|js)$/;
const isSentence = /(?:[A-Za-z',]+ ){3}[a-z]/;
const isTest = /\.test\.tsx?$/;

/** Reads the comments of product code, without marks, tags and code spans. */
export function readComments(): readonly Prose[] {
  return listFiles(isCode)
    .filter((file) => !isTest.test(file))
    .flatMap((file) => extractComments(file).map((text) => ({ file, text })));
}

/** Reads the string literals and templates of product code that have at least four words. */
export function readMessages(): readonly Prose[] {
  return listFiles(isCode)
    .filter((file) => !isTest.test(file))
    .flatMap((file) => extractStrings(parse(file)).map((text) => ({ file, text })))
    .filter(({ text }) => isSentence.test(text));
}

/** Files outside the dashboard whose texts it shows. */
const shownFiles = [
  /^src\/event\/(skip-reasons|missing-match-keys|order-accuracy)\.ts$/,
  /^src\/api\/(connections|events|http|sites)\/.*\.ts$/,
  /^src\/destinations\/[a-z-]+\/(goals|settings|skip-texts|why-not)\.ts$/,
  /^src\/doctor\/(consent-doctor|page-report|tag-advice)\.ts$/,
];
const isSchema = /schemas?\.ts$|\/routes\.ts$|\.fixture\.ts$/;

/** Reads the texts of the dashboard: JSX text with what is inline in it, and string literals that have at least four words. */
export function readUiTexts(): readonly Prose[] {
  return listFiles(isCode)
    .filter((file) => file.startsWith('src/dashboard/') || shownFiles.some((shown) => shown.test(file)))
    .filter((file) => !isTest.test(file) && !isSchema.test(file))
    .flatMap((file) => [...extractStrings(parse(file)), ...extractJsxTexts(parse(file))].map((text) => ({ file, text })))
    .filter(({ text }) => isSentence.test(text));
}

export const maxSentenceWords = 25;

/** Lists the sentences that have more words than a sentence of the interface may have. A code span counts as one word. */
export function listLongSentences(prose: readonly Prose[]): readonly Prose[] {
  return prose.flatMap(({ file, text }) =>
    text
      .replace(/`[^`]*`/g, 'X')
      .split(/(?<=[.!?])\s+/)
      .filter((sentence) => sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length > maxSentenceWords)
      .map((sentence) => ({ file, text: sentence })),
  );
}

/** Reads Markdown without code, table rules, link targets and front matter. */
export function readMarkdown(): readonly Prose[] {
  return listFiles(/\.md$/).map((file) => ({ file, text: plainMarkdown(read(file)) }));
}

/** Reads the literal titles of `it`, `test` and `describe`. */
export function readTestTitles(): readonly Prose[] {
  return listFiles(/\.(test|contract|suite)\.tsx?$/).flatMap((file) =>
    extractTitles(parse(file)).map((text) => ({ file, text })),
  );
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

const sources = new Map<string, ts.SourceFile>();

/** Parses a file once for all patterns. */
function parse(file: string): ts.SourceFile {
  const parsed = sources.get(file);
  if (parsed) return parsed;
  const kind = file.endsWith('.tsx') ? ts.ScriptKind.TSX : file.endsWith('.js') ? ts.ScriptKind.JS : ts.ScriptKind.TS;
  const options = { languageVersion: ts.ScriptTarget.Latest, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };
  const source = ts.createSourceFile(file, read(file), options, false, kind);
  sources.set(file, source);
  return source;
}

function extractComments(file: string): readonly string[] {
  const source = parse(file);
  const literals = findLiterals(source);
  const found: string[] = [];
  let [at, next] = [0, 0];
  while (true) {
    commentStart.lastIndex = at;
    const start = commentStart.exec(source.text)?.index;
    if (start === undefined) break;
    while ((literals[next]?.end ?? start + 1) <= start) next += 1;
    const literal = literals[next];
    if (literal && literal.pos <= start) {
      at = literal.end;
      continue;
    }
    commentRest.lastIndex = start;
    const [comment = ''] = commentRest.exec(source.text) ?? [];
    found.push(comment);
    at = start + comment.length;
  }
  return found.map(plainComment).filter((text) => text !== '' && !text.startsWith('biome-ignore'));
}

const commentStart = /\/[/*]/g;
const commentRest = /\/\/.*|\/\*[\s\S]*?\*\//y;

/** Returns the places of the literals, in which the marks of a comment are text. */
function findLiterals(source: ts.SourceFile): readonly { readonly pos: number; readonly end: number }[] {
  const found: { pos: number; end: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isLiteralExpression(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node) || ts.isJsxText(node))
      found.push({ pos: ts.isJsxText(node) ? node.pos : node.getStart(source), end: node.end });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function plainComment(comment: string): string {
  return comment
    .replace(/^\/\*\*?|\*\/$/g, '')
    .replace(/^\s*\*? ?/gm, '')
    .replace(/^\/\/ ?/gm, '')
    .replace(/@(source|see)\b.*$/gm, '')
    .replace(/@\w+/g, '')
    .replace(/`[^`]*`/g, 'X')
    .replace(/[ \t]+/g, ' ')
    .trim();
}

function extractStrings(source: ts.SourceFile): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) found.push(node.text);
    if (ts.isTemplateExpression(node)) {
      found.push([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('X'));
      for (const { expression } of node.templateSpans) visit(expression);
      return;
    }
    if (ts.isJsxText(node)) found.push(node.text.replace(/\s+/g, ' '));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Returns the text of each element that has text of its own. A value counts as one word. */
function extractJsxTexts(source: ts.SourceFile): readonly string[] {
  const found: string[] = [];
  const flatten = (node: ts.JsxChild): string => {
    if (ts.isJsxText(node)) return node.text;
    if (ts.isJsxElement(node) || ts.isJsxFragment(node)) return node.children.map(flatten).join('');
    if (ts.isJsxSelfClosingElement(node)) return 'X';
    if (!node.expression) return '';
    return ts.isStringLiteral(node.expression) ? node.expression.text : 'X';
  };
  const visit = (node: ts.Node): void => {
    const isElement = ts.isJsxElement(node) || ts.isJsxFragment(node);
    if (isElement && node.children.some((child) => ts.isJsxText(child) && /\w/.test(child.text)))
      found.push(node.children.map(flatten).join('').replace(/\s+/g, ' ').trim());
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function plainMarkdown(text: string): string {
  return text
    .replace(/^---\n[\s\S]*?\n---\n/, '')
    .replace(/```[\s\S]*?```/g, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/`[^`]*`/g, 'X')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\|[\s:|-]+\|$/gm, '')
    .replace(/\|/g, '\n\n')
    .replace(/^#+ /gm, '\n\n')
    .replace(/^\s*[-*\d.]+ /gm, '\n\n')
    .replace(/\*\*/g, '');
}

function extractTitles(source: ts.SourceFile): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const callee = node.expression.getText(source);
      const [title] = node.arguments;
      if (/^(it|test|describe)\b/.test(callee) && title && ts.isStringLiteralLike(title)) found.push(title.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

if (import.meta.main) {
  const { values, positionals: folders } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean' } } });
  if (values.help) process.stdout.write(help);
  else {
    const isWithin = ({ file }: Prose) => folders.length === 0 || folders.some((folder) => file.startsWith(folder));
    const titles = readTestTitles().filter(isWithin);
    const texts = readUiTexts().filter(isWithin);
    console.table({
      comments: countPatterns(readComments().filter(isWithin)),
      messages: countPatterns(readMessages().filter(isWithin)),
      Markdown: countPatterns(readMarkdown().filter(isWithin)),
      titles: countPatterns(titles),
      interface: countPatterns(texts),
    });
    for (const { file, text } of titles.filter((title) => badTitle.test(title.text))) console.log(`${file}: ${text}`);
    for (const { file, text } of listLongSentences(texts)) console.log(`${file}: more than ${maxSentenceWords} words: ${text}`);
  }
}
