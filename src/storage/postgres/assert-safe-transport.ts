import { ConveyError } from '../../errors.ts';
import { findUnsafeTransport, safeTransport } from '../../net/unsafe-transport.ts';

/**
 * Checks that the URL of a database on another machine states its transport.
 * @param setting the setting or option with the URL
 * @throws ConveyError
 */
export function assertSafeTransport(
  url: string,
  setting = 'store',
  environment: Readonly<Record<string, string | undefined>> = process.env,
): void {
  const parsed = URL.parse(url);
  if (!parsed)
    throw new ConveyError(`\`${setting}\` is not a URL`, 'Write it as `postgres://user@host:5432/database?sslmode=verify-full`');
  const fault = findUnsafeTransport(parsed, environment);
  if (fault === undefined) return;
  const what =
    fault === 'missing'
      ? `\`${setting}\` names a database on another machine without \`sslmode\`, so password and events would cross the network in clear text`
      : `\`sslmode\` of \`${setting}\` must be written once, as \`verify-full\` or \`disable\``;
  throw new ConveyError(what, safeTransport);
}
