import { includesPageViews, type PageTag } from '../kit/page-tag.ts';

/**
 * The Meta Pixel in the HTML of a page.
 * @source https://developers.facebook.com/docs/meta-pixel/get-started (2026-09-12)
 */
export const pageTag: PageTag = {
  guide: 'guides/meta/meta-deduplication',
  sign: /(?:^|\/)fbevents\.js(?![\w.-])|\bfbq\(\s{0,20}['"]init['"]/m,
  id: /\bfbq\(\s{0,20}['"]init['"]\s{0,20},\s{0,20}['"]?([1-9]\d{4,19})\b/g,
  idSettings: { tag: 'pixelId', connection: 'datasetId' },
  sendsPageViews: (connection) => includesPageViews(connection) && connection.settings.pageViews !== 'never',
  withoutPageViews: '`pageViews` to `never`',
};
