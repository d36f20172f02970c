import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getPHPLoaderModule } from '@php-wasm/node-8-3';
import { loadPHPRuntime, PHP } from '@php-wasm/universal';
import { z } from 'zod';

/** Real PHP, from npm, and in it the plugin with an imitation of what it calls of WordPress. */

const read = (path: string) => readFileSync(join(import.meta.dirname, '..', path), 'utf8');

/** What there is in the imitated shop, and what happens in it. */
export interface PluginScenario {
  readonly options?: Readonly<Record<string, unknown>>;
  /** PHP makes a list of `name[]=…`. */
  readonly cookies?: Readonly<Record<string, string | readonly string[]>>;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly server?: Readonly<Record<string, string>>;
  /** `admin`, `feed`, `preview`, `product`, `checkout`, `endpoint`: what page it is. */
  readonly is?: readonly string[];
  /** Capabilities of whoever is signed in. */
  readonly can?: readonly string[];
  /** WooCommerce is not active. */
  readonly alone?: true;
  /** The WP Consent API is installed. */
  readonly consentApi?: true;
  readonly product?: Readonly<Record<string, unknown>>;
  readonly order?: Readonly<Record<string, unknown>>;
  readonly cart?: readonly Readonly<Record<string, unknown>>[];
  readonly session?: Readonly<Record<string, unknown>>;
  /** Hooks that are fired, each with its arguments; `@order` stands for the order. */
  readonly do?: readonly (readonly [string, ...(string | number)[]])[];
  /** A page of the admin area that is opened. */
  readonly show?: string;
  /** What is typed into the settings' form. */
  readonly typed?: unknown;
}

const texts = z.record(z.string(), z.unknown());
const outcome = z.object({
  html: z.string(),
  meta: texts,
  /** How often the order was saved. */
  saved: z.number(),
  session: texts,
  /** Pages of the admin area, each with the capability that it asks for. */
  pages: z.union([z.record(z.string(), z.string()), z.tuple([])]),
  settings: texts.nullable(),
  errors: z.array(z.tuple([z.string(), z.string()])),
  capability: z.string(),
  erased: texts,
});
export type Outcome = z.infer<typeof outcome>;

/** @throws when PHP finds fault with the plugin, notices included. */
export async function startWordPress() {
  const php = new PHP(await loadPHPRuntime(await getPHPLoaderModule()));
  php.writeFile('/convey.php', read('shops/woocommerce/convey.php'));
  php.writeFile('/wordpress.php', read('test/wordpress.fixture.php'));
  return {
    async play(scene: PluginScenario): Promise<Outcome> {
      php.writeFile('/given.json', JSON.stringify(scene));
      const { text } = await php.run({ code: "<?php require '/wordpress.php';" });
      return outcome.parse(JSON.parse(text));
    },
    end: () => php.exit(),
  };
}
