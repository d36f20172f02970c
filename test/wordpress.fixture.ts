import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getPHPLoaderModule } from '@php-wasm/node-8-3';
import { loadPHPRuntime, PHP } from '@php-wasm/universal';
import { z } from 'zod';

/** Runs the plugin in PHP from npm, with a simulation of the WordPress functions that it calls. */

const read = (path: string) => readFileSync(join(import.meta.dirname, '..', path), 'utf8');

/** The state of the simulated shop, and the events in it. */
export interface PluginScenario {
  readonly options?: Readonly<Record<string, unknown>>;
  /** PHP parses `name[]=…` into a list. */
  readonly cookies?: Readonly<Record<string, string | readonly string[]>>;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly server?: Readonly<Record<string, string>>;
  /** `admin`, `feed`, `preview`, `product`, `checkout`, `endpoint`: the kind of page. */
  readonly is?: readonly string[];
  /** Capabilities of the current user. */
  readonly can?: readonly string[];
  /** WooCommerce is not active. */
  readonly alone?: true;
  /** The WP Consent API is installed. */
  readonly consentApi?: true;
  readonly product?: Readonly<Record<string, unknown>>;
  readonly order?: Readonly<Record<string, unknown>>;
  readonly cart?: readonly Readonly<Record<string, unknown>>[];
  /** The roles of the order's customer. */
  readonly roles?: readonly string[];
  /** WooCommerce Subscriptions is active, and the cart has a subscription. */
  readonly subscribes?: true;
  /** Earlier orders: the customer's id or e-mail address, and the status. */
  readonly earlier?: readonly (readonly [string | number, string])[];
  readonly session?: Readonly<Record<string, unknown>>;
  /** Hooks to fire, each with its arguments. `@order` is replaced by the order. */
  readonly do?: readonly (readonly [string, ...(string | number)[]])[];
  /** The page of the admin area to open. */
  readonly show?: string;
  /** The input of the settings form. */
  readonly typed?: unknown;
}

const texts = z.record(z.string(), z.unknown());
const outcome = z.object({
  html: z.string(),
  meta: texts,
  /** Number of times that the order was saved. */
  saved: z.number(),
  session: texts,
  /** Pages of the admin area, each with its required capability. */
  pages: z.union([z.record(z.string(), z.string()), z.tuple([])]),
  settings: texts.nullable(),
  errors: z.array(z.tuple([z.string(), z.string()])),
  capability: z.string(),
  erased: texts,
});
export type Outcome = z.infer<typeof outcome>;

/** @throws on PHP errors and notices of the plugin */
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
