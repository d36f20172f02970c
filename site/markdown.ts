import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderMermaidSVG } from 'beautiful-mermaid';
import type { MarkdownRenderer } from 'vitepress';
import { resolveLink, root } from './pages.ts';

/** The colours of a diagram are those of the page, in light and dark. */
const colors = {
  bg: 'var(--vp-c-bg)',
  fg: 'var(--vp-c-text-1)',
  line: 'var(--vp-c-text-3)',
  accent: 'var(--vp-c-brand-1)',
  muted: 'var(--vp-c-text-2)',
  surface: 'var(--vp-c-bg-soft)',
  border: 'var(--vp-c-divider)',
};

/** Draws a Mermaid diagram as SVG. */
export function drawDiagram(code: string): string {
  return renderMermaidSVG(code, { ...colors, transparent: true });
}

/** Lets links lead to the pages of the site, draws diagrams when the site is built, and shows dark screenshots in dark mode. */
export function extendMarkdown(markdown: MarkdownRenderer, copied: Set<string>): void {
  markdown.core.ruler.push('links', ({ tokens, env }) => {
    for (const link of tokens.flatMap(({ children }) => children ?? []).filter(({ type }) => type === 'link_open')) {
      const href = String(link.attrGet('href') ?? '');
      if (/^(?:[a-z]+:|#)/i.test(href)) continue;
      const target = resolveLink(href, env.source);
      if (!target) throw new Error(`${env.source}: the link ${href} leads to no file`);
      link.attrSet('href', target.address);
      if (target.file === undefined) continue;
      copied.add(target.file);
      link.attrSet('target', '_blank');
    }
  });
  const { fence, image } = markdown.renderer.rules;
  markdown.renderer.rules.fence = (tokens, index, ...rest) => {
    const token = tokens[index];
    if (token?.info !== 'mermaid') return fence?.(tokens, index, ...rest) ?? '';
    return `<figure class="diagram" v-pre>${drawDiagram(token.content)}</figure>`;
  };
  markdown.renderer.rules.image = (tokens, index, options, env, self) => {
    const html = image?.(tokens, index, options, env, self) ?? '';
    const light = String(tokens[index]?.attrGet('src') ?? '');
    const dark = light.replace(/-light\.png$/, '-dark.png');
    if (dark === light || !existsSync(join(root, dirname(env.source), dark))) return html;
    const show = (scheme: string, picture: string) => picture.replace('<img', `<img class="${scheme}-only"`);
    return `${show('light', html)}${show('dark', html.replace('-light.png', '-dark.png'))}`;
  };
}
