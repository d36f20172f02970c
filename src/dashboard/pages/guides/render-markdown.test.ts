import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { renderMarkdown } from './render-markdown.ts';

const toHtml = (markdown: string, fill?: (text: string) => string) =>
  renderToStaticMarkup(renderMarkdown(markdown, fill && { fill }).body);

describe('renderMarkdown', () => {
  it('omits front matter and title, and gives headings the ids of GitHub', () => {
    const { body, sections } = renderMarkdown(
      '---\norder: 1\n---\n\n# Steps\n\n## Which tag: `tagId`, `token`\n\n### Deep\n\n## Steps\n\n## Steps\n',
    );
    expect(sections).toEqual([
      { id: 'which-tag-tagid-token', title: 'Which tag: tagId, token' },
      { id: 'steps-1', title: 'Steps' },
      { id: 'steps-2', title: 'Steps' },
    ]);
    const html = renderToStaticMarkup(body);
    expect(html).not.toMatch(/<h1|order/);
    expect(html).toContain('<h3 id="deep">Deep</h3>');
  });

  it('keeps lists with their content, and numbers code blocks and tables', () => {
    const html = toHtml('```sh\nfirst\nsecond\n```\n\n3. **one** *two*\n4. three:\n\n   ```sh\n   convey check\n   ```\n');
    expect(html).toContain('<pre aria-label="Code 1: first">');
    expect(html).toMatch(/<ol start="3">\n<li>\s*<strong>one<\/strong> <em>two<\/em>\s*<\/li>/);
    expect(html).toMatch(
      /<li>\s*three:\s*<div><pre aria-label="Code 2: convey check">.*convey check\n<\/code><\/pre><\/div>\s*<\/li>/,
    );
  });

  it('renders tables, inline marks and links', () => {
    const html = toHtml('| A | B |\n|---|---|\n| **x** | [y](z.md) `a\\|b` |\n');
    expect(html).toContain('<table aria-label="Table 1: A, B">');
    expect(html).toContain('<td><strong>x</strong></td><td><a href="z.md">y</a> <code>a|b</code></td>');
  });

  it('fills in texts and code, but neither ids nor the targets of links', () => {
    const html = toHtml('## A shop\n\n`shop` of [shop](shop.md)\n', (text) => text.replaceAll('shop', 'mine'));
    expect(html).toBe('<h2 id="a-shop">A mine</h2>\n<p><code>mine</code> of <a href="shop.md">mine</a></p>');
  });

  it('omits HTML, images and the targets of scripts', () => {
    const html = toHtml('<script>alert(1)</script>\n\na <b onclick="alert(1)">c</b> ![d](e.png) [f](javascript:alert(1))\n');
    expect(html.trim()).toBe('<p>a c  <a href="">f</a></p>');
  });
});
