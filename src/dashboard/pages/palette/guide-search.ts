import GithubSlugger from 'github-slugger';

/** A part of a guide below one heading. The part above the first heading has the guide's title alone. */
interface GuidePart {
  readonly heading?: string;
  readonly hash?: string;
  /** In lower case. */
  readonly text: string;
}

/** A guide whose text can be searched. */
export interface GuideText {
  readonly slug: string;
  readonly title: string;
  readonly parts: readonly GuidePart[];
}

/** A part of a guide that has all words of a query. */
export interface GuideHit {
  readonly slug: string;
  readonly title: string;
  readonly heading?: string;
  readonly hash?: string;
}

/** Splits the Markdown of a guide at its headings. Their ids are those of the page that shows the guide. */
export function indexGuide({ slug, title }: Pick<GuideText, 'slug' | 'title'>, markdown: string): GuideText {
  const slugger = new GithubSlugger();
  const [first = '', ...others] = markdown
    .replace(/^---\n.*?\n---\n/s, '')
    .replaceAll(/^```.*?^```$/gms, (code) => code.replaceAll(/^#/gm, ' #'))
    .split(/^(?=#{1,4} )/m);
  const parts = (first.trim() === '' ? others : [first, ...others]).map((part): GuidePart => {
    const [, level = '', heading = ''] = /^(#{1,4}) (.+)$/m.exec(part) ?? [];
    const label = heading.replaceAll(/[`*]|\]\(.*?\)|\[/g, '');
    const hash = heading === '' ? '' : slugger.slug(label);
    const text = part.toLowerCase();
    return level.length < 2 ? { text } : { heading: label, hash, text };
  });
  return { slug, title, parts };
}

/** Returns the guides with a part that has all words of the query, at most one part each: the best ones first. */
export function searchGuides(guides: readonly GuideText[], query: string, limit: number): readonly GuideHit[] {
  const words = splitWords(query);
  if (words.length === 0) return [];
  return guides
    .flatMap(({ slug, title, parts }) => {
      const scored = parts.map((part) => ({ part, score: scorePart(part, title.toLowerCase(), words) }));
      const [best] = scored.toSorted((a, b) => b.score - a.score);
      if (!best || best.score === 0) return [];
      const { heading, hash } = best.part;
      return [
        {
          score: best.score,
          hit: { slug, title, ...(heading !== undefined && { heading }), ...(hash !== undefined && { hash }) },
        },
      ];
    })
    .toSorted((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ hit }) => hit);
}

export const splitWords = (query: string): readonly string[] =>
  query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');

/** Returns 0 unless the part or the title has all words. Words of the title count most, then those of the heading. */
function scorePart({ heading = '', text }: GuidePart, title: string, words: readonly string[]): number {
  const headingText = heading.toLowerCase();
  let score = 0;
  for (const word of words) {
    if (title.includes(word)) score += heading === '' ? 9 : 8;
    else if (headingText.includes(word)) score += 4;
    else if (text.includes(word)) score += 1;
    else return 0;
  }
  return score;
}
