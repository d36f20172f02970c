/** The names of a new destination, as its files and rows have them. */
export interface DestinationNames {
  /** `acme-ads`: the folder, the destination and the simulator. */
  readonly id: string;
  /** `Acme Ads` */
  readonly title: string;
  /** `acmeAds` */
  readonly camel: string;
  /** `AcmeAds` */
  readonly pascal: string;
  /** `acmeadsclid`: the parameter of a landing page's URL. */
  readonly clickId: string;
  /** The day on which the platform's pages were read: `2026-12-01`. */
  readonly checked: string;
}

/** The names that the command line leaves open. */
export interface NameOptions {
  readonly title?: string | undefined;
  readonly clickId?: string | undefined;
}

/** Returns the names of a destination, or a message if one of them cannot be used. */
export function createNames(id: string, options: NameOptions, checked: string): DestinationNames | string {
  if (!/^[a-z]+(?:-[a-z]+)*$/.test(id) || id.length < 3 || id.length > 30)
    return 'NAME is not valid. Use 3 to 30 lower-case letters, with single hyphens between words, such as acme-ads';
  const words = id.split('-').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  const pascal = words.join('');
  const title = options.title ?? words.join(' ');
  if (!/^[A-Za-z][A-Za-z ]{0,39}$/.test(title))
    return '--title is not valid. Use at most 40 letters and spaces, such as "Acme Ads"';
  const clickId = options.clickId ?? `${id.replaceAll('-', '')}clid`;
  if (!/^[a-z_]{3,40}$/.test(clickId)) return '--click-id is not valid. Use 3 to 40 lower-case letters and underscores';
  return { id, title, camel: `${id.charAt(0)}${pascal.slice(1)}`, pascal, clickId, checked };
}
