import type { TalliedSource } from './consent-tally.ts';

/** The names of the sources of a choice. */
export const consentSourceNames: Readonly<Record<TalliedSource, string>> = {
  call: 'Call on the page',
  cmp: 'Consent tool',
  shopify: 'Shopify',
  uet: 'UET consent mode',
  gcm: 'Google Consent Mode',
  tcf: 'TCF',
  gpc: 'Global Privacy Control',
  server: 'Server',
  webhook: 'Webhook',
  none: 'No banner named',
};

interface Banner {
  readonly source: string;
  readonly version?: string;
  /** Whether it stands for versions that are not named. */
  readonly isOther?: true;
}

/** Returns the name of a consent banner: its source, and its version if there is one. An unknown source keeps its own name. */
export function nameBanner({ source, version, isOther }: Banner): string {
  const name = Object.entries(consentSourceNames).find(([id]) => id === source)?.[1] ?? source;
  if (isOther) return `${name}, other versions`;
  if (version === undefined) return name;
  const [, platform, own] = source === 'tcf' ? (/^(\d+)\.(\d+)$/.exec(version) ?? []) : [];
  return platform === undefined ? `${name} ${version}` : `${name}, CMP ${platform}, version ${own}`;
}
