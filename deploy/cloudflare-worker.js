// A path of the shop's own host, /data/, passed on to the gateway by a Cloudflare Worker: the pixel is https://shop.example/data/p.js.
// Route: shop.example/data/*. Variable GATEWAY: https://data.shop.example. Secret EDGE_SECRET: as in .env beside compose.yaml.

const prefix = '/data';

export default {
  async fetch(request, { GATEWAY, EDGE_SECRET }) {
    if (!GATEWAY || !EDGE_SECRET)
      return new Response('Set GATEWAY and EDGE_SECRET in the settings of the Worker.\n', { status: 500 });
    const { pathname, search } = new URL(request.url);
    if (!pathname.startsWith(`${prefix}/`))
      return new Response('The route of the Worker is wider than its prefix.\n', { status: 404 });

    // Put together by its parts: as one text, a path with two slashes would name another host.
    const target = new URL(GATEWAY);
    target.pathname = pathname.slice(prefix.length);
    target.search = search;

    const passed = new Request(target, request);
    for (const name of ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']) passed.headers.delete(name);
    passed.headers.set('x-convey-edge', EDGE_SECRET);
    passed.headers.set('x-convey-address', request.headers.get('cf-connecting-ip') ?? '');
    passed.headers.set('x-convey-country', request.cf?.country ?? '');
    return fetch(passed, { redirect: 'manual' });
  },
};
