import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';

/** The syntax tree of a guide. Contains only what the guides use: no HTML, no images. */
export type Inline =
  | { readonly kind: 'text' | 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'em'; readonly parts: readonly Inline[] }
  | { readonly kind: 'link'; readonly href: string; readonly parts: readonly Inline[] }
  | { readonly kind: 'break' };

export type Block =
  | { readonly kind: 'heading'; readonly depth: number; readonly id: string; readonly parts: readonly Inline[] }
  | { readonly kind: 'paragraph'; readonly parts: readonly Inline[] }
  | { readonly kind: 'code'; readonly nth: number; readonly text: string; readonly language: string }
  | { readonly kind: 'list'; readonly start: number | undefined; readonly items: readonly (readonly Block[])[] }
  | {
      readonly kind: 'table';
      readonly nth: number;
      readonly head: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | { readonly kind: 'rule' };

export interface MarkdownDocument {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** Parses Markdown, without its front matter. The first heading of level 1 is the title. */
export function parseMarkdown(markdown: string): MarkdownDocument {
  const blocks = toBlocks(lexer(markdown.replace(/^---\n.*?\n---\n/s, '')), { ids: new Map(), blocks: 0 });
  const at = blocks.findIndex((block) => block.kind === 'heading' && block.depth === 1);
  const title = blocks[at];
  return {
    title: title?.kind === 'heading' ? toPlainText(title.parts) : '',
    blocks: blocks.filter((_, index) => index !== at),
  };
}

/** Returns the text without formatting. */
export function toPlainText(parts: readonly Inline[]): string {
  return parts
    .map((part) => {
      if (part.kind === 'break') return ' ';
      return 'text' in part ? part.text : toPlainText(part.parts);
    })
    .join('');
}

const kinds: ReadonlySet<string> = new Set([
  'blockquote',
  'br',
  'code',
  'codespan',
  'del',
  'em',
  'escape',
  'heading',
  'hr',
  'html',
  'image',
  'link',
  'list',
  'list_item',
  'paragraph',
  'space',
  'strong',
  'table',
  'text',
]);
const isKnownToken = (token: Token): token is MarkedToken => kinds.has(token.type);

/** The state while a document is parsed. */
interface ParseState {
  readonly ids: Map<string, number>;
  /** Number of code blocks and tables so far. They are numbered in their accessible names. */
  blocks: number;
}

function toBlocks(tokens: readonly Token[], progress: ParseState): readonly Block[] {
  return tokens.filter(isKnownToken).flatMap((token) => toBlock(token, progress));
}

function toBlock(token: MarkedToken, progress: ParseState): readonly Block[] {
  switch (token.type) {
    case 'heading': {
      const parts = toInlines(token.tokens);
      return [{ kind: 'heading', depth: token.depth, id: createHeadingId(toPlainText(parts), progress.ids), parts }];
    }
    case 'paragraph':
      return [{ kind: 'paragraph', parts: toInlines(token.tokens) }];
    case 'text':
      return [{ kind: 'paragraph', parts: token.tokens ? toInlines(token.tokens) : [{ kind: 'text', text: token.text }] }];
    case 'code':
      progress.blocks += 1;
      return [{ kind: 'code', nth: progress.blocks, text: token.text, language: token.lang ?? '' }];
    case 'list': {
      const items = token.items.map((item) => toBlocks(item.tokens, progress));
      return [{ kind: 'list', start: token.ordered ? Number(token.start) : undefined, items }];
    }
    case 'table':
      progress.blocks += 1;
      return [
        { kind: 'table', nth: progress.blocks, head: token.header.map(toCell), rows: token.rows.map((row) => row.map(toCell)) },
      ];
    case 'blockquote':
      return [{ kind: 'quote', blocks: toBlocks(token.tokens, progress) }];
    case 'hr':
      return [{ kind: 'rule' }];
    default:
      return [];
  }
}

const toCell = (cell: Tokens.TableCell): readonly Inline[] => toInlines(cell.tokens);

function toInlines(tokens: readonly Token[]): readonly Inline[] {
  return tokens.filter(isKnownToken).flatMap(toInline);
}

function toInline(token: MarkedToken): readonly Inline[] {
  switch (token.type) {
    case 'text':
      return token.tokens ? toInlines(token.tokens) : [{ kind: 'text', text: token.text.replaceAll('\n', ' ') }];
    case 'escape':
      return [{ kind: 'text', text: token.text }];
    case 'codespan':
      return [{ kind: 'code', text: token.text.replaceAll('\n', ' ') }];
    case 'strong':
    case 'em':
      return [{ kind: token.type, parts: toInlines(token.tokens) }];
    case 'link':
      return [{ kind: 'link', href: token.href, parts: toInlines(token.tokens) }];
    case 'br':
      return [{ kind: 'break' }];
    default:
      return [];
  }
}

/** Creates the id of a heading like GitHub does, so that links to headings work. */
function createHeadingId(text: string, ids: Map<string, number>): string {
  const id = text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
  const before = ids.get(id) ?? 0;
  ids.set(id, before + 1);
  return before === 0 ? id : `${id}-${before}`;
}
