/** As much of it as is used: the packages' own types are missing, or not found by Node's rules of resolution. */

declare module '@php-wasm/universal' {
  export type PhpBuild = { readonly phpBuild: unique symbol };

  export function loadPHPRuntime(build: PhpBuild): Promise<number>;

  export class PHP {
    constructor(runtime: number);
    writeFile(path: string, text: string): void;
    /** @throws when PHP ends with a fault. */
    run(script: { readonly code: string }): Promise<{ readonly text: string }>;
    exit(): void;
  }
}

declare module '@php-wasm/node-8-3' {
  import type { PhpBuild } from '@php-wasm/universal';

  export function getPHPLoaderModule(): Promise<PhpBuild>;
}
