import { describe, expect, it } from 'vitest';
import { indexGuide, searchGuides } from './guide-search.ts';

const consent = indexGuide(
  { slug: 'consent', title: 'Consent' },
  '---\nsection: shop\n---\n# Consent\n\nAsk the shopper.\n\n## Code for well-known platforms\n\nCookiebot and `OneTrust`.\n\n```sh\n# a comment\n```\n',
);
const tokens = indexGuide(
  { slug: 'token', title: 'Get a token' },
  '# Get a token\n\nA shopper needs none.\n\n## Consent `mode`\n\nText.\n',
);
const search = (query: string) => searchGuides([tokens, consent], query, 5);

describe('searchGuides', () => {
  it('finds the guide by its title before others with the word in a heading', () => {
    expect(search('consent').map(({ slug }) => slug)).toEqual(['consent', 'token']);
    expect(search('consent')[0]).toEqual({ slug: 'consent', title: 'Consent' });
    expect(search('consent')[1]).toEqual({ slug: 'token', title: 'Get a token', heading: 'Consent mode', hash: 'consent-mode' });
  });

  it('leads to the part that has all words, whatever their order and case', () => {
    expect(search('ONETRUST consent')).toEqual([
      { slug: 'consent', title: 'Consent', heading: 'Code for well-known platforms', hash: 'code-for-well-known-platforms' },
    ]);
    expect(search('onetrust token')).toEqual([]);
  });

  it('takes no comment of a code block for a heading', () => {
    expect(search('comment')[0]?.heading).toBe('Code for well-known platforms');
  });

  it('finds nothing for a blank query', () => expect(search('  ')).toEqual([]));
});
