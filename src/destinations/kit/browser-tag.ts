import type { z } from 'zod';
import type { TcfNeeds } from '../../event/pixel-settings.ts';
import type { Connection } from '../../event/site.ts';

/** The connections and the site's defaults, from which a browser tag's driver takes its names. */
export interface TagSurroundings {
  /** The site's connections to the tag's platform. */
  readonly connections: readonly Connection[];
  /** ISO 4217: the currency of a value without one. */
  readonly defaultCurrency?: string;
}

/** The browser tag of a platform. `browser/driver.ts` in the platform's folder drives it on a shop's pages. */
export interface TagDefinition<T extends z.ZodType> {
  /** Schemas of `sites[].tags.<id>`. The dashboard's accepts fewer URLs, because the pixel loads them into shop pages. */
  readonly settings: { readonly file: T; readonly dashboard: T };
  /** The consent that the platform needs of a page with a consent platform of the TCF. */
  readonly tcf: TcfNeeds;
  /** Returns the driver's public settings for a site; undefined if the site's pages need no driver. */
  createDriverSettings(tag: z.output<T>, surroundings: TagSurroundings): object | undefined;
}

/** A browser tag with its types hidden. */
export interface RegisteredTag extends Pick<TagDefinition<z.ZodType>, 'settings' | 'tcf'> {
  /** @param tag the site's settings of the tag; undefined for the default ones. */
  createDriverSettings(tag: unknown, surroundings: TagSurroundings): object | undefined;
}

/** Hides a tag's types. */
export function registerTag<T extends z.ZodType>({ settings, tcf, createDriverSettings }: TagDefinition<T>): RegisteredTag {
  return {
    settings,
    tcf,
    createDriverSettings: (tag = {}, surroundings) => createDriverSettings(settings.file.parse(tag), surroundings),
  };
}
