import { describe, expect, it } from 'vitest';
import { parseMarkdown } from './parse-markdown.ts';

describe('reading a guide', () => {
  it('takes the first heading for the title, and gives the others the ids that links name', () => {
    const { title, blocks } = parseMarkdown('# A `b` title\n\n## Which tag: `tagId`, `token`\n\n## Steps\n\n## Steps\n');
    expect(title).toBe('A b title');
    expect(blocks).toMatchObject([{ id: 'which-tag-tagid-token' }, { id: 'steps' }, { id: 'steps-1' }]);
  });

  it('keeps lists in their order, with what stands in their items, and numbers what is told apart by ear', () => {
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

  it('reads tables, marks and links', () => {
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

  it('leaves HTML and images out', () => {
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
