import { includesPageViews, type PageTag } from '../kit/page-tag.ts';

/** The UET tag in the HTML of a page. */
export const pageTag: PageTag = {
  guide: 'guides/microsoft/uet-tag',
  sign: /(?:^|\/)bat\.js(?![\w.-])|\bnew\s{1,20}(?:\w{1,40}\.)?UET\b/m,
  id: /\bti["']?\s{0,20}[:=]\s{0,20}["']?([1-9]\d{0,19})\b/g,
  idSettings: { tag: 'tagId', connection: 'tagId' },
  consentDefault: {
    // A tag with the TCF asks the consent platform itself.
    sign: /\.push\(\s{0,20}['"](?:consent['"]\s{0,20},\s{0,20}['"]default|config['"]\s{0,20},\s{0,20}['"]tcf)['"]/,
    formatLines: (config) => formatConsentDefault(String(config?.queue ?? 'uetq')),
  },
  sendsPageViews: (connection) => includesPageViews(connection) && connection.settings.pageLoads !== 'never',
  withoutPageViews: '`pageLoads` to `never`',
};

/** Returns the lines that set the tag's consent default. They go above the tag's snippet and use its variable. */
export function formatConsentDefault(queue: string): string {
  return `<script>
  window.${queue} = window.${queue} || [];
  window.${queue}.push('consent', 'default', { ad_storage: 'denied', wait_for_update: 1000 });
</script>`;
}
