import fc from 'fast-check';
import { codePoint } from './code-point.fixture.ts';

const urlText = fc.string({
  unit: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(..."abcXYZ019-._~!$&'()*+,;=:@") },
    { weight: 1, arbitrary: codePoint.map(encodeURIComponent) },
  ),
  maxLength: 20,
});
/** The URL of a web page. fast-check's own arbitrary builds a table of all code points first, which takes more than a second. */
export const webUrl = fc
  .tuple(
    fc.constantFrom('http', 'https'),
    fc.domain(),
    fc.array(urlText, { maxLength: 4 }),
    fc.option(urlText),
    fc.option(urlText),
  )
  .map(([scheme, domain, path, query, fragment]) =>
    [
      `${scheme}://${domain}`,
      ...path.map((part) => `/${part}`),
      query === null ? '' : `?${query}`,
      fragment === null ? '' : `#${fragment}`,
    ].join(''),
  );
