/** Types of the used functions. The packages' own types are missing, or Node's resolution does not find them. */

declare module '@php-wasm/universal' {
  export type PhpBuild = { readonly phpBuild: unique symbol };

  export function loadPHPRuntime(build: PhpBuild): Promise<number>;

  export class PHP {
    constructor(runtime: number);
    writeFile(path: string, text: string): void;
    /** @throws if PHP ends with an error. */
    run(script: { readonly code: string }): Promise<{ readonly text: string }>;
    exit(): void;
  }
}

declare module '@php-wasm/node-8-3' {
  import type { PhpBuild } from '@php-wasm/universal';

  export function getPHPLoaderModule(): Promise<PhpBuild>;
}
