import { describe, expect, it } from 'vitest';
import { parseMarkdown } from './parse-markdown.ts';

describe('parseMarkdown', () => {
  it('returns the first heading as title and gives the others ids', () => {
    const { title, blocks } = parseMarkdown('# A `b` title\n\n## Which tag: `tagId`, `token`\n\n## Steps\n\n## Steps\n');
    expect(title).toBe('A b title');
    expect(blocks).toMatchObject([{ id: 'which-tag-tagid-token' }, { id: 'steps' }, { id: 'steps-1' }]);
  });

  it('keeps lists with their content, and numbers code blocks', () => {
    const { blocks } = parseMarkdown('```sh\nfirst\n```\n\n3. one\n4. two:\n\n   ```sh\n   convey check\n   ```\n');
    expect(blocks).toMatchObject([
      { kind: 'code', nth: 1 },
      {
        kind: 'list',
        start: 3,
        items: [[{ kind: 'paragraph' }], [{ kind: 'paragraph' }, { kind: 'code', nth: 2, text: 'convey check', language: 'sh' }]],
      },
    ]);
  });

  it('parses tables, inline marks and links', () => {
    const { blocks } = parseMarkdown('| A | B |\n|---|---|\n| **x** | [y](z.md) `a\\|b` |\n');
    expect(blocks).toEqual([
      {
        kind: 'table',
        nth: 1,
        head: [[{ kind: 'text', text: 'A' }], [{ kind: 'text', text: 'B' }]],
        rows: [
          [
            [{ kind: 'strong', parts: [{ kind: 'text', text: 'x' }] }],
            [
              { kind: 'link', href: 'z.md', parts: [{ kind: 'text', text: 'y' }] },
              { kind: 'text', text: ' ' },
              { kind: 'code', text: 'a|b' },
            ],
          ],
        ],
      },
    ]);
  });

  it('omits HTML and images', () => {
    expect(parseMarkdown('<script>alert(1)</script>\n\na <b>c</b> ![d](e.png)\n').blocks).toEqual([
      {
        kind: 'paragraph',
        parts: [
          { kind: 'text', text: 'a ' },
          { kind: 'text', text: 'c' },
          { kind: 'text', text: ' ' },
        ],
      },
    ]);
  });
});
