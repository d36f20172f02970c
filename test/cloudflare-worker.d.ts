/** The example is plain JavaScript, as Cloudflare runs it. */
declare module '*/cloudflare-worker.js' {
  const worker: {
    fetch(request: Request, env: { readonly GATEWAY?: string; readonly EDGE_SECRET?: string }): Promise<Response>;
  };

  export { worker as default };
}
