/** A problem of one event. It refuses the whole request. */
export type Problem =
  | { readonly subcode: 2_804_019; readonly kind: 'unexpected-key' | 'missing-key'; readonly path: string; readonly key: string }
  | { readonly subcode: 2_804_019; readonly kind: 'invalid-value'; readonly path: string; readonly rule: string }
  | { readonly subcode: 2_804_003; readonly kind: 'too-old'; readonly days: number }
  | { readonly subcode: 2_804_050; readonly kind: 'too-little-identity' }
  | { readonly subcode: 2_804_009; readonly kind: 'no-value' }
  | { readonly subcode: 2_804_030; readonly kind: 'data-processing' }
  | { readonly subcode: 2_804_048; readonly kind: 'unnamed' };

export const missingKey = (path: string, key: string): Problem => ({ subcode: 2_804_019, kind: 'missing-key', path, key });

/** Names the key only if it cannot hold personal data. */
export const unexpectedKey = (path: string, key: string): Problem => ({
  subcode: 2_804_019,
  kind: 'unexpected-key',
  path,
  key: /^[A-Za-z_]{1,64}$/.test(key) ? key : '…',
});

export const invalidValue = (path: string, rule: string): Problem => ({ subcode: 2_804_019, kind: 'invalid-value', path, rule });

/** Returns the path of an event, or of one of its members, as Meta writes it. */
export const toPath = (index: number, ...members: readonly string[]): string =>
  `$['data'][${index}]${members.map((member) => `['${member}']`).join('')}`;
