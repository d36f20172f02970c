// A Cloudflare Worker that forwards a path of the shop's own host, /data/, to the gateway: the pixel is https://shop.example/data/p.js.
// Route: shop.example/data/*. Variable GATEWAY: https://data.shop.example. Secret EDGE_SECRET: the same as in .env next to compose.yaml.

const prefix = '/data';

export default {
  async fetch(request, { GATEWAY, EDGE_SECRET }) {
    if (!GATEWAY || !EDGE_SECRET)
      return new Response('Set GATEWAY and EDGE_SECRET in the settings of the Worker.\n', { status: 500 });
    const { pathname, search } = new URL(request.url);
    if (!pathname.startsWith(`${prefix}/`))
      return new Response('The route of the Worker does not match its prefix /data/.\n', { status: 404 });

    // Set by parts: in a concatenated URL, a path with two slashes would name another host.
    const target = new URL(GATEWAY);
    target.pathname = pathname.slice(prefix.length);
    target.search = search;

    const forwarded = new Request(target, request);
    for (const name of ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']) forwarded.headers.delete(name);
    forwarded.headers.set('x-convey-edge', EDGE_SECRET);
    forwarded.headers.set('x-convey-address', request.headers.get('cf-connecting-ip') ?? '');
    forwarded.headers.set('x-convey-country', request.cf?.country ?? '');
    return fetch(forwarded, { redirect: 'manual' });
  },
};
