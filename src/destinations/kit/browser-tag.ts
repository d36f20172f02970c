import { z } from 'zod';
import type { TcfNeeds } from '../../event/pixel-settings.ts';
import { type Connection, type TagConfig, tagModes } from '../../event/site.ts';
import type { PageTag } from './page-tag.ts';
import { createVendorUrlSchema, webUrlSchema } from './tag-url.ts';

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

/** Creates the schema of a member that is one of the vendor's URLs, the first by default. The config file may set any URL. */
type CreateUrl = (urls: readonly [string, ...string[]], text?: { title: string; description: string }) => z.ZodDefault<z.ZodURL>;

interface TagMembers<T extends z.core.$ZodLooseShape> {
  /** The member without which the tag cannot be used. */
  readonly id: string & keyof T;
  /** The value that the id needs, such as `the ID of your pixel`, which the page may not have yet. */
  readonly idValue: string;
  /** Returns the members besides `mode`, in the order of the form. Without a text, `url` makes the URL of the tag's script. */
  create(url: CreateUrl): T;
}

const scriptText = {
  title: 'Script URL',
  description: 'Used if the pixel loads the tag. Another URL needs the config file.',
};
const usesTag = z.lazy(() => z.object({ mode: z.enum(['attach', 'load']) }));

/** Creates the schemas of a tag's settings. Unless `mode` is `off`, they require the id. */
export function createTagSchema<T extends z.core.$ZodLooseShape>({ id, idValue, create }: TagMembers<T>) {
  const createSchema = (toUrl: (urls: readonly string[]) => z.ZodURL) =>
    z
      .strictObject({
        mode: z.enum(tagModes, 'Must be `off`, `attach` or `load`.').default('off'),
        ...create((urls, text = scriptText) => toUrl(urls).default(urls[0]).meta(text)),
      })
      .refine((tag: Readonly<Record<string, unknown>>) => tag[id] !== undefined, {
        path: [id],
        error: `Is missing. Set it to ${idValue}. In the config file, \`mode: off\` needs none.`,
        when: ({ value }) => usesTag.safeParse(value).success, // Runs although another member is invalid.
      });
  return { file: z.lazy(() => createSchema(() => webUrlSchema)), dashboard: z.lazy(() => createSchema(createVendorUrlSchema)) };
}

/** Creates the schema of an id of digits, which may be a number in the config file. */
export function createNumberIdSchema(form: RegExp, rule: string, typeRule = rule) {
  return z.union([z.string(), z.int()], typeRule).transform(String).pipe(z.string().regex(form, rule));
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
