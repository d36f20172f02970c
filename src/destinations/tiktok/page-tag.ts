import { includesPageViews, type PageTag } from '../kit/page-tag.ts';

/** The TikTok Pixel in the HTML of a page: its script, or the call that starts it. */
export const pageTag: PageTag = {
  guide: 'guides/tiktok/tiktok-deduplication',
  sign: /\/i18n\/pixel\/events\.js(?![\w.-])|\bttq\.load\(/,
  id: /\bttq\.load\(\s{0,20}['"]([A-Za-z0-9]{4,64})['"]/g,
  idSettings: { tag: 'pixelCode', connection: 'pixelCode' },
  sendsPageViews: (connection) => includesPageViews(connection) && connection.settings.pageViews !== 'never',
  withoutPageViews: '`pageViews` to `never`',
};
