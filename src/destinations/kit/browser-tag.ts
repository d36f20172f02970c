import { z } from 'zod';
import type { TcfNeeds } from '../../event/pixel-settings.ts';
import type { Connection, TagConfig } from '../../event/site.ts';
import type { PageTag } from './page-tag.ts';

/** The connections and the site's defaults, from which a browser tag's driver takes its names. */
export interface TagSurroundings {
  /** The site's connections to the tag's platform. */
  readonly connections: readonly Connection[];
  /** ISO 4217: the currency of a value without one. */
  readonly defaultCurrency?: string;
}

/** The browser tag of a platform. `browser/driver.ts` in the platform's folder drives it on a shop's pages. */
export interface TagDefinition<T extends z.ZodType<TagConfig>> {
  /** The platform's own name of its tag, for people. */
  readonly label?: string;
  /**
   * Schemas of `sites[].tags.<id>`. The dashboard's accepts fewer URLs, because the pixel loads them into shop pages. The dashboard makes its
   * form from it: `meta` gives a member its title and description, and a member with a default is an advanced one.
   */
  readonly settings: { readonly file: T; readonly dashboard: T };
  /** The consent that the platform needs of a page with a consent platform of the TCF. */
  readonly tcf: TcfNeeds;
  /** The tag in the HTML of a page. Absent: the consent doctor does not look for it. */
  readonly page?: PageTag;
  /** Returns the driver's public settings for a site; undefined if the site's pages need no driver. */
  createDriverSettings(config: z.output<T>, surroundings: TagSurroundings): object | undefined;
}

/** A browser tag with its types hidden. */
export interface RegisteredTag
  extends Required<Pick<TagDefinition<z.ZodType<TagConfig>>, 'label' | 'settings' | 'tcf'>>,
    Pick<TagDefinition<z.ZodType<TagConfig>>, 'page'> {
  /** JSON Schema of the dashboard's settings. */
  readonly form: Readonly<Record<string, unknown>>;
  /** @param config the site's settings of the tag; undefined for the default ones. */
  createDriverSettings(config: TagConfig | undefined, surroundings: TagSurroundings): object | undefined;
}

/** Hides a tag's types. */
export function registerTag<T extends z.ZodType<TagConfig>>({
  label = 'Browser tag',
  settings,
  tcf,
  page,
  createDriverSettings,
}: TagDefinition<T>): RegisteredTag {
  let form: RegisteredTag['form'] | undefined;
  return {
    label,
    settings,
    get form() {
      form ??= toForm(settings.dashboard);
      return form;
    },
    tcf,
    ...(page && { page }),
    createDriverSettings: (config, surroundings) => createDriverSettings(settings.file.parse(config ?? {}), surroundings),
  };
}

function toForm(settings: z.ZodType): RegisteredTag['form'] {
  const { $schema: _, ...form } = z.toJSONSchema(settings, { io: 'input', unrepresentable: 'any' });
  return form;
}
