import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';

/** A guide as a tree that pages are made of. What the guides do not use is left out: no HTML, no images. */
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

export interface Document {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** Reads Markdown. The first heading of the first depth is the title. */
export function readMarkdown(markdown: string): Document {
  const blocks = blocksOf(lexer(markdown), { ids: new Map(), blocks: 0 });
  const at = blocks.findIndex((block) => block.kind === 'heading' && block.depth === 1);
  const title = blocks[at];
  return {
    title: title?.kind === 'heading' ? plain(title.parts) : '',
    blocks: blocks.filter((_, index) => index !== at),
  };
}

/** The same without marks. */
export function plain(parts: readonly Inline[]): string {
  return parts
    .map((part) => {
      if (part.kind === 'break') return ' ';
      return 'text' in part ? part.text : plain(part.parts);
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
const isKnown = (token: Token): token is MarkedToken => kinds.has(token.type);

/** What of the document was read so far. */
interface Progress {
  readonly ids: Map<string, number>;
  /** Of code and tables, which readers are told apart by their numbers. */
  blocks: number;
}

function blocksOf(tokens: readonly Token[], progress: Progress): readonly Block[] {
  return tokens.filter(isKnown).flatMap((token) => blockOf(token, progress));
}

function blockOf(token: MarkedToken, progress: Progress): readonly Block[] {
  switch (token.type) {
    case 'heading': {
      const parts = inlinesOf(token.tokens);
      return [{ kind: 'heading', depth: token.depth, id: newId(plain(parts), progress.ids), parts }];
    }
    case 'paragraph':
      return [{ kind: 'paragraph', parts: inlinesOf(token.tokens) }];
    case 'text':
      return [{ kind: 'paragraph', parts: token.tokens ? inlinesOf(token.tokens) : [{ kind: 'text', text: token.text }] }];
    case 'code':
      progress.blocks += 1;
      return [{ kind: 'code', nth: progress.blocks, text: token.text, language: token.lang ?? '' }];
    case 'list': {
      const items = token.items.map((item) => blocksOf(item.tokens, progress));
      return [{ kind: 'list', start: token.ordered ? Number(token.start) : undefined, items }];
    }
    case 'table':
      progress.blocks += 1;
      return [
        { kind: 'table', nth: progress.blocks, head: token.header.map(cellOf), rows: token.rows.map((row) => row.map(cellOf)) },
      ];
    case 'blockquote':
      return [{ kind: 'quote', blocks: blocksOf(token.tokens, progress) }];
    case 'hr':
      return [{ kind: 'rule' }];
    default:
      return [];
  }
}

const cellOf = (cell: Tokens.TableCell): readonly Inline[] => inlinesOf(cell.tokens);

function inlinesOf(tokens: readonly Token[]): readonly Inline[] {
  return tokens.filter(isKnown).flatMap(inlineOf);
}

function inlineOf(token: MarkedToken): readonly Inline[] {
  switch (token.type) {
    case 'text':
      return token.tokens ? inlinesOf(token.tokens) : [{ kind: 'text', text: token.text.replaceAll('\n', ' ') }];
    case 'escape':
      return [{ kind: 'text', text: token.text }];
    case 'codespan':
      return [{ kind: 'code', text: token.text.replaceAll('\n', ' ') }];
    case 'strong':
    case 'em':
      return [{ kind: token.type, parts: inlinesOf(token.tokens) }];
    case 'link':
      return [{ kind: 'link', href: token.href, parts: inlinesOf(token.tokens) }];
    case 'br':
      return [{ kind: 'break' }];
    default:
      return [];
  }
}

/** As those who host the docs make them, so that links to a heading hold here too. */
function newId(text: string, ids: Map<string, number>): string {
  const id = text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
  const before = ids.get(id) ?? 0;
  ids.set(id, before + 1);
  return before === 0 ? id : `${id}-${before}`;
}
