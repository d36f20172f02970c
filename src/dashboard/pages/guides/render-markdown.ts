import GithubSlugger from 'github-slugger';
import type { ReactNode } from 'react';
import Markdown, { type Components, type ExtraProps } from 'react-markdown';
import remarkGfm from 'remark-gfm';

type Element = NonNullable<ExtraProps['node']>;
type Node = Element['children'][number];
type Parent = Pick<Element, 'children'>;

/** A part of a document with a heading of level 2. */
export interface Section {
  readonly id: string;
  readonly title: string;
}

interface MarkdownOptions {
  /** Replace elements, whose code blocks and tables have an `aria-label` with their number. */
  readonly components?: Components;
  /** Replaces examples in a text by the site's own values. */
  readonly fill?: (text: string) => string;
}

/** Renders Markdown without its front matter, title, HTML and images. Headings have ids as on GitHub, so that links to them work. */
export function renderMarkdown(
  markdown: string,
  { components = {}, fill = (text) => text }: MarkdownOptions = {},
): { readonly body: ReactNode; readonly sections: readonly Section[] } {
  const sections: Section[] = [];
  const body = Markdown({
    children: markdown.replace(/^---\n.*?\n---\n/s, ''),
    remarkPlugins: [remarkGfm],
    rehypePlugins: [() => (tree: Parent) => void sections.push(...prepare(tree, fill))],
    skipHtml: true,
    disallowedElements: ['img'],
    components,
  });
  return { body, sections };
}

/** Returns the text of a node without formatting. */
export function toText(node: Parent): string {
  return listNodes(node)
    .map((one) => (one.type === 'text' ? one.value : ''))
    .join('');
}

/** Returns the elements with a tag in a node. */
export function listElements(node: Parent, tagName: RegExp): readonly Element[] {
  return listNodes(node).flatMap((one) => (one.type === 'element' && tagName.test(one.tagName) ? [one] : []));
}

/** Returns all nodes in a node, in the order of the text. */
function listNodes({ children }: Parent): readonly Node[] {
  return children.flatMap((node) => (node.type === 'element' ? [node, ...listNodes(node)] : [node]));
}

/** Changes the tree of a document, and returns its sections. */
function prepare(tree: Parent, fill: (text: string) => string): readonly Section[] {
  const slugger = new GithubSlugger();
  for (const heading of listElements(tree, /^h[1-6]$/)) heading.properties.id = slugger.slug(toText(heading));
  for (const node of listNodes(tree)) if (node.type === 'text') node.value = fill(node.value);
  for (const [at, block] of listElements(tree, /^(?:pre|table)$/).entries())
    block.properties.ariaLabel =
      block.tagName === 'pre'
        ? `Code ${at + 1}: ${toText(block).replace(/\n.*/s, '').slice(0, 60)}`
        : `Table ${at + 1}: ${listElements(block, /^th$/).map(toText).join(', ')}`;
  for (const item of listElements(tree, /^li$/)) item.children = wrapBlocks(item);
  const [title] = listElements(tree, /^h1$/);
  tree.children = tree.children.filter((node) => node !== title);
  return listElements(tree, /^h2$/).map((heading) => ({ id: String(heading.properties.id), title: toText(heading) }));
}

/** Returns the content of a list item: its first paragraph as text, and each further block in a `div`. */
function wrapBlocks({ children }: Element): Node[] {
  const first = children.find((node) => node.type !== 'text' || node.value.trim() !== '');
  return children.flatMap((node): Node[] => {
    if (node.type !== 'element' || !/^(?:p|pre|table|ul|ol|blockquote)$/.test(node.tagName)) return [node];
    if (node === first && node.tagName === 'p') return node.children;
    return [{ type: 'element', tagName: 'div', properties: {}, children: [node] }];
  });
}
