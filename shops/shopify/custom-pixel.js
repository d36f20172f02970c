// Convey's custom pixel for a Shopify shop. Paste all of it, fill in the settings, Save, Connect. README.md says more.
(() => {
  const settings = {
    // Where your gateway takes events: the address of its pixel without the file's name, such as https://data.shop.example
    collector: '',
    // The site's write key in Convey: wk_ and what follows.
    writeKey: '',
    // The number of your UET tag. Empty: no tag is loaded.
    tagId: '',
    // Convey's theme snippet is in the shop too and tells its page views. Write false where it is not.
    themeSnippet: true,
    // How your Merchant Center feed writes the id of an item: of {productId}, {variantId} and {sku}.
    itemId: '{variantId}',
    // Give the tag the shopper's e-mail address and phone at checkout, where they agreed. The tag hashes them.
    enhancedConversions: true,
    // Events that your connection in Convey renames, renamed alike for the tag: { Purchase: 'order_complete' }
    eventNames: /** @type {Record<string, string>} */ ({}),
    // A yes that Shopify tells is always the shopper's own choice. README.md tells when to write true.
    yesIsChosen: false,
    script: 'https://bat.bing.com/bat.js',
  };

  /**
   * @typedef {{ variant?: ProductVariant | null, title?: string | null, quantity?: number | null, paid?: MoneyV2 | null }} Line
   * @typedef {{ email?: string, phone?: string, externalId?: string }} Person
   * @typedef {object} Told What happened, in Convey's words.
   * @property {string} name of an event, or `identify`
   * @property {string} id
   * @property {string} [ownId] Shopify's, where `id` is the same each time that it comes again
   * @property {string} [pageType]
   * @property {readonly Line[]} [lines]
   * @property {Partial<MoneyV2> | null} [total]
   * @property {string} [category]
   * @property {string} [searchTerm]
   * @property {string} [orderId]
   * @property {string} [checkoutId]
   * @property {Person} [person] of a checkout
   * @property {readonly (Attribute | null)[] | null} [attributes] of the cart
   * @property {Readonly<Record<string, unknown>>} [custom] what a theme's own event told
   */

  // 1. The settings. What is wrong with one half is no reason to do without the other.

  /** @param {boolean} holds @param {string} remedy */
  function demand(holds, remedy) {
    if (!holds) console.warn(`Convey's custom pixel: ${remedy}`);
    return holds;
  }

  const address = /^(https:\/\/[^\s/?#@]+|http:\/\/(127\.0\.0\.1|localhost)(:\d+)?)(\/[^\s?#]*)?$/;
  const hasCollector = demand(
    address.test(settings.collector) && !/\.js$/.test(settings.collector),
    '`collector` must be where your gateway takes events, such as https://data.shop.example. Nothing is told to Convey.',
  );
  const hasWriteKey = demand(
    /^wk_[\w-]{8,}$/.test(settings.writeKey),
    "`writeKey` must be the site's write key, wk_ and what follows. Copy it from Convey. Nothing is told to Convey.",
  );
  const endpoint = hasCollector && hasWriteKey ? `${settings.collector.replace(/\/+$/, '')}/e` : undefined;
  const hasTag =
    settings.tagId !== '' &&
    demand(/^\d{1,20}$/.test(settings.tagId), '`tagId` must be the number of your UET tag, or empty. The tag is not loaded.');
  const hasItemId = demand(
    /\{(productId|variantId|sku)\}/.test(settings.itemId),
    '`itemId` must hold {productId}, {variantId} or {sku}. It counts as {variantId}.',
  );
  const itemIdForm = hasItemId ? settings.itemId : '{variantId}';

  // 2. Consent. Shopify tells what is allowed, and not whether the shopper chose it.

  const visitorKey = '_convey_visitor';
  const themeChoiceKey = '_convey_choice';
  const choiceKey = '_cv_choice';
  const hasGpc = navigator.globalPrivacyControl === true;
  let allowed = init.customerPrivacy;
  /** On this page. */
  let isChosen = false;
  /** What the theme's pixel left: the visitor's id, where consent counts as granted there; or `denied`. @type {unknown} */
  let themeWord;
  /** What the shopper chose, as the theme's pixel heard it. @type {unknown} */
  let themeChoice;
  /** The last choice that was seen in this browser. @type {unknown} */
  let lastChoice;

  /** @param {unknown} given @returns {given is string} */
  const isVisitorId = (given) => typeof given === 'string' && /^[0-9a-f]{32}$/.test(given);
  /** The theme hears tools that Shopify does not know. Its no stands until the shopper chooses on this page. */
  const themeSaysNo = () => !isChosen && (themeWord === 'denied' || themeChoice === 'denied');
  const saysYes = () => !themeSaysNo() && allowed?.marketingAllowed === true && allowed?.saleOfDataAllowed === true;

  function isExplicit() {
    if (isChosen || themeSaysNo()) return true;
    if (saysYes()) return themeChoice === 'granted' || lastChoice === 'granted' || (settings.yesIsChosen && !hasGpc);
    // Nobody's default allows marketing and forbids the sale of data.
    return lastChoice === 'denied' || allowed?.marketingAllowed === true;
  }

  /** @returns {{ state: 'granted' | 'denied' | 'waiting', statement: { adStorage: 'granted' | 'denied', source: string, explicit?: boolean } }} */
  function consent() {
    const explicit = isExplicit();
    const adStorage = saysYes() ? 'granted' : 'denied';
    if (!explicit && hasGpc) return { state: 'denied', statement: { adStorage: 'denied', source: 'gpc' } };
    const isOpen = adStorage === 'denied' && !explicit;
    return { state: isOpen ? 'waiting' : adStorage, statement: { adStorage, source: 'shopify', explicit } };
  }

  const isGranted = () => consent().state === 'granted';

  // 3. What happened: from Shopify's events to Convey's. Any object of theirs may be null.

  /** @template T @param {readonly T[] | null | undefined} list */
  const listOf = (list) => (Array.isArray(list) ? list : []);

  /** Shopify writes some ids as an address: `gid://shopify/Order/1001`. Feeds and webhooks have the number. @param {unknown} id */
  function plainId(id) {
    return id ? String(id).replace(/^gid:.*\/|\?.*$/g, '') : undefined;
  }

  /** @param {StandardEvent} event @returns {Told | undefined} */
  function toldOf(event) {
    const { id } = event;
    switch (event.name) {
      case 'page_viewed': {
        const path = event.context?.document?.location?.pathname ?? '';
        // Themes do not run there, so their pixel cannot tell of these.
        const isCheckout = /(^|\/)checkouts\/|^\/\d+\/orders\//i.test(path);
        return settings.themeSnippet && !isCheckout ? undefined : { name: 'PageView', id };
      }
      case 'collection_viewed': {
        const { title, productVariants } = event.data?.collection ?? {};
        return { name: 'view_item_list', id, pageType: 'category', category: title, lines: variantLines(productVariants) };
      }
      case 'search_submitted': {
        const { query, productVariants } = event.data?.searchResult ?? {};
        return { name: 'Search', id, pageType: 'searchresults', searchTerm: query, lines: variantLines(productVariants) };
      }
      case 'product_viewed': {
        const variant = event.data?.productVariant;
        return { name: 'ViewContent', id, pageType: 'product', lines: [{ variant, quantity: 1 }], total: variant?.price };
      }
      case 'product_added_to_cart':
      case 'product_removed_from_cart': {
        const line = event.data?.cartLine;
        const name = event.name === 'product_added_to_cart' ? 'AddToCart' : 'remove_from_cart';
        return { name, id, pageType: 'cart', lines: cartLines([line]), total: line?.cost?.totalAmount };
      }
      case 'cart_viewed': {
        const { lines, cost, attributes } = event.data?.cart ?? {};
        return { name: 'view_cart', id, pageType: 'cart', lines: cartLines(lines), total: cost?.totalAmount, attributes };
      }
      case 'checkout_started': {
        const checkout = event.data?.checkout;
        // Comes again each time that the shopper enters the same checkout, who may have agreed meanwhile.
        const eventId = tokenId('checkout', checkout) ?? id;
        return { name: 'InitiateCheckout', id: eventId, ownId: id, pageType: 'cart', ...checkoutOf(checkout) };
      }
      case 'checkout_contact_info_submitted':
      case 'checkout_address_info_submitted':
      case 'checkout_shipping_info_submitted':
        return { name: 'identify', id, ...checkoutOf(event.data?.checkout) };
      case 'payment_info_submitted':
        return { name: 'add_payment_info', id, pageType: 'cart', ...checkoutOf(event.data?.checkout) };
      case 'checkout_completed': {
        const checkout = event.data?.checkout;
        const orderId = plainId(checkout?.order?.id);
        // The order's webhook knows the token too, and Shopify's event id it does not.
        const eventId = tokenId('purchase', checkout) ?? (orderId ? `purchase-${orderId}` : id);
        return { name: 'Purchase', id: eventId, pageType: 'purchase', orderId, ...checkoutOf(checkout) };
      }
      default:
        return undefined;
    }
  }

  /** @param {string} what @param {Checkout | null | undefined} checkout */
  function tokenId(what, checkout) {
    return checkout?.token ? `${what}-${checkout.token}` : undefined;
  }

  /** @param {Checkout | null | undefined} checkout */
  function checkoutOf(checkout) {
    const { token, totalPrice, currencyCode, lineItems, attributes } = checkout ?? {};
    return {
      checkoutId: token ?? undefined,
      total: { amount: totalPrice?.amount, currencyCode: totalPrice?.currencyCode ?? currencyCode ?? undefined },
      lines: listOf(lineItems).map((line) => {
        const { variant, title, quantity, finalLinePrice: paid } = line ?? {};
        return { variant, title, quantity, paid };
      }),
      attributes,
      person: personOf(checkout),
    };
  }

  /** @param {readonly ProductVariant[] | null | undefined} variants @returns {Line[]} */
  function variantLines(variants) {
    return listOf(variants).map((variant) => ({ variant }));
  }

  /** @param {readonly (CartLine | null | undefined)[] | null | undefined} lines @returns {Line[]} */
  function cartLines(lines) {
    return listOf(lines).map((line) => ({ variant: line?.merchandise, quantity: line?.quantity }));
  }

  /** @param {Checkout | null | undefined} checkout @returns {Person} */
  function personOf(checkout) {
    const { email, phone, billingAddress, shippingAddress, order } = checkout ?? {};
    return withoutBlanks({
      email,
      phone: phone || billingAddress?.phone || shippingAddress?.phone,
      externalId: plainId(order?.customer?.id),
    });
  }

  /** @param {Partial<Customer> | null | undefined} customer who is signed in @returns {Person} */
  function accountOf(customer) {
    return withoutBlanks({ email: customer?.email, phone: customer?.phone, externalId: plainId(customer?.id) });
  }

  /** @param {Readonly<Record<string, string | null | undefined>>} given @returns {Record<string, string>} */
  function withoutBlanks(given) {
    return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value ? [[name, value]] : [])));
  }

  const largestAmount = 999999999999;

  /** At most three decimals, as the tag wants them. @param {unknown} value */
  function amountOf(value) {
    const amount = value === null || value === '' ? Number.NaN : Math.round(Number(value) * 1000) / 1000;
    return amount >= 0 && amount <= largestAmount ? amount : undefined;
  }

  /** @param {Line} line */
  function itemOf({ variant, title, quantity, paid }) {
    const each = quantity ? amountOf(paid?.amount) : undefined;
    return {
      id: itemIdOf(variant),
      name: variant?.product?.title ?? title ?? undefined,
      price: amountOf(each === undefined ? variant?.price?.amount : each / (quantity ?? 1)),
      quantity: quantity ?? undefined,
    };
  }

  /** @param {ProductVariant | null | undefined} variant */
  function itemIdOf(variant) {
    /** @type {Record<string, string | undefined>} */
    const parts = { productId: plainId(variant?.product?.id), variantId: plainId(variant?.id), sku: variant?.sku || undefined };
    const asked = itemIdForm.match(/\w+(?=\})/g) ?? [];
    if (!asked.every((part) => parts[part])) return undefined;
    return itemIdForm.replace(/\{(\w+)\}/g, (_, part) => parts[part] ?? '');
  }

  // 4. To Convey. A report that fails goes again; one that waits while the page ends, the next page tells.

  /**
   * @typedef {object} Report
   * @property {string} id
   * @property {string} [ownId] its id where nobody agreed
   * @property {number} time UNIX milliseconds
   * @property {string} [name] of an event
   * @property {'identify' | 'consent'} [type] of a signal
   * @property {{ url?: string, referrer?: string, title?: string, browserTag?: string }} [page]
   * @property {{ anonymousId?: string } & Person} [user]
   * @property {{ value?: number, currency?: string, orderId?: string, checkoutId?: string, [other: string]: unknown }} [commerce]
   * @property {Readonly<Record<string, unknown>>} [goal]
   * @property {Readonly<Record<string, unknown>>} [consent] Where it is settled: what the shopper chose later does not change it.
   */

  const platformCookies = ['_uetmsclkid', '_gcl_aw', '_fbc', 'ttclid', '_epik', 'li_fat_id', '_scclid', '_rdt_cid', '_uetvid'];
  const clickParams =
    /^(msclkid|gclid|gbraid|wbraid|dclid|fbclid|ttclid|epik|li_fat_id|sccid|rdt_cid|twclid|irclickid|irclid|qclid|tblci|dicbo|obclid|yclid)=/i;
  const bounds = {
    reports: 50,
    items: 50,
    batch: 10,
    batchBytes: 30000,
    inFlightBytes: 60000,
    storedCharacters: 48000,
    storedMs: 86400000,
  };
  const waits = { batchMs: 1000, answerMs: 10000, topMs: 1000, themeMs: 4000, firstRetryMs: 1000, longestRetryMs: 300000 };
  const mirrorPrefix = '_cvs.';
  const mirrorKey = mirrorPrefix + newId();

  /** @type {Report[]} */
  const reports = [];
  /** @type {Readonly<Record<string, string>>} */
  let cookies = {};
  let clientVisitor = '';
  let lastPerson = '';
  let wasGranted = isGranted();
  let isAdopted = false;
  let isSending = false;
  let failures = 0;
  let notBefore = 0;
  let holdUntil = Date.now() + waits.themeMs;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let isTagBlocked = false;

  function newId() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => (byte + 256).toString(16).slice(1)).join('');
  }

  /** @param {Told} told @param {StandardEvent | ThemeEvent} event */
  function tellConvey(told, { timestamp, clientId, context }) {
    const left = listOf(told.attributes).find((one) => one?.key === visitorKey)?.value;
    if (left !== undefined) themeWord = left;
    heedConsent();
    if (!endpoint) return;
    // Shopify's id of this browser. It is known where nobody agreed too, so it leaves with a yes alone.
    clientVisitor = uuidHex(clientId) || clientVisitor;
    // The theme's pixel then looks for the next cart, and writes the visitor into it.
    if (told.name === 'Purchase') void ask(() => browser.sessionStorage.removeItem('_convey_cart'));
    const person = { ...accountOf(init.data?.customer), ...told.person };
    if (told.name === 'identify') {
      const known = JSON.stringify(person);
      if (known === lastPerson || known === '{}') return;
      lastPerson = known;
    }
    const { location, referrer, title } = context?.document ?? {};
    add({
      id: told.id,
      ...(told.ownId !== undefined && { ownId: told.ownId }),
      time: Date.parse(timestamp) || Date.now(),
      ...(told.name === 'identify' ? { type: 'identify' } : { name: told.name, commerce: commerceOf(told), goal: goalOf(told) }),
      page: { url: closed(location?.href), referrer: closed(referrer) || undefined, title: title || undefined },
      user: { ...(isVisitorId(left) && { anonymousId: left }), ...person },
    });
  }

  /** @param {string | null | undefined} clientId */
  function uuidHex(clientId) {
    const given = clientId ?? '';
    return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(given) ? given.replaceAll('-', '').toLowerCase() : given;
  }

  /** The address of a checkout or an order opens it for whoever has it: of it neither a token nor a query leaves, but a click. @param {string | null | undefined} href */
  function closed(href) {
    const [path = '', query = ''] = (href ?? '').split(/[?#]/);
    const [, before, rest] = /^(.*?\/(?:checkouts|orders)\/)(.*)$/i.exec(path) ?? [];
    if (before === undefined) return href ?? undefined;
    const clicks = query.split('&').filter((pair) => clickParams.test(pair));
    return before + (rest ?? '').replace(/[^/]{16,}/g, '-') + (clicks.length > 0 ? `?${clicks.join('&')}` : '');
  }

  /** @param {Told} told */
  function commerceOf({ pageType, lines, total, category, searchTerm, orderId, checkoutId, custom }) {
    const { revenue_value: worth, currency, transaction_id: order, search_term: term } = custom ?? {};
    const items = (lines ?? []).slice(0, bounds.items).map((line) => {
      const { variant } = line;
      const { product } = variant ?? {};
      return {
        ...itemOf(line),
        brand: product?.vendor,
        category: product?.type,
        variant: variant?.title,
        sku: variant?.sku,
        productId: plainId(product?.id),
        variantId: plainId(variant?.id),
      };
    });
    return {
      value: amountOf(total?.amount ?? worth),
      currency: total?.currencyCode ?? text(currency),
      orderId: orderId ?? text(order),
      checkoutId,
      pageType,
      category,
      searchTerm: searchTerm ?? text(term),
      items: items.length > 0 ? items : undefined,
    };
  }

  /** @param {Told} told */
  function goalOf({ custom }) {
    return (
      custom && { category: text(custom.event_category), label: text(custom.event_label), value: amountOf(custom.event_value) }
    );
  }

  /** @param {unknown} given */
  const text = (given) => (typeof given === 'string' || typeof given === 'number' ? String(given) : undefined);

  /** @param {Report} report */
  function add(report) {
    const { state } = consent();
    // The first one holds how the shopper arrived.
    while (reports.length >= bounds.reports) reports.splice(1, 1);
    if (state !== 'denied') reports.push(report);
    else if (report.name || report.consent) reports.push(settled(report));
    save();
    if (report.type === 'consent' || /^(Purchase|Lead|SignUp)$/.test(report.name ?? '')) void flush();
    else later(waits.batchMs);
  }

  /** What may leave the page of a shopper who denied: that it happened, where, and what it was worth. @param {Report} report @returns {Report} */
  function stripped({ id, ownId, time, name, page, commerce }) {
    const withoutQuery = (/** @type {string | undefined} */ url) => url?.replace(/[?#].*/, '');
    return {
      ...{ id: ownId ?? id, time, name },
      page: { url: withoutQuery(page?.url), referrer: withoutQuery(page?.referrer), browserTag: browserTagOf(name) },
      commerce: { ...commerce, orderId: undefined, searchTerm: undefined },
    };
  }

  /** @param {Report} report @returns {Report} */
  function settled(report) {
    return report.consent ? report : { ...stripped(report), consent: consent().statement };
  }

  /** Who counts a page view. Without a word of it a site with a tag in the theme would take this for the tag's. @param {string | undefined} name */
  function browserTagOf(name) {
    if (name !== 'PageView') return undefined;
    return hasTag ? (isTagBlocked ? 'blocked' : 'ran') : 'none';
  }

  /** The report as it leaves, by the consent as it stands now. @param {Report} report @returns {object} */
  function dressed(report) {
    if (!isGranted()) return settled(report);
    if (report.consent) return report;
    const statement = consent().statement;
    const page = { ...report.page, browserTag: browserTagOf(report.name) };
    return { ...report, ownId: undefined, page, user: { anonymousId: visitor(), ...report.user }, cookies, consent: statement };
  }

  function visitor() {
    return isVisitorId(themeWord) ? themeWord : clientVisitor || undefined;
  }

  /** @param {readonly Report[]} rest */
  function packed(rest) {
    const isTold = (/** @type {Report} */ { name, consent: own }) => name !== undefined || own !== undefined || isGranted();
    for (let count = Math.min(rest.length, bounds.batch); ; count = Math.ceil(count / 2)) {
      const batch = rest.slice(0, count);
      const told = batch.filter(isTold);
      const events = told.filter(({ type }) => !type).map(dressed);
      const signals = told.filter(({ type }) => type).map(dressed);
      const body = JSON.stringify({ writeKey: settings.writeKey, sentAt: Date.now(), events, signals });
      const bytes = new Blob([body]).size;
      if (bytes > bounds.batchBytes && count > 1) continue;
      // What may have arrived under an id is told again under no other.
      if (isGranted()) for (const report of batch) delete report.ownId;
      return { batch, body, bytes, isEmpty: told.length === 0 };
    }
  }

  /** @param {number} ms */
  function later(ms) {
    timer ??= setTimeout(() => void flush(), ms);
  }

  /** How long everything has to wait; infinite until the shopper chooses. */
  function waitMs() {
    const { state } = consent();
    if (state === 'waiting') return Number.POSITIVE_INFINITY;
    const again = notBefore - Date.now();
    if (again > 0) return again;
    // The theme's pixel knows within seconds who this is, and whether they chose; in a checkout there is no theme.
    const hasCome = isVisitorId(themeWord) || !settings.themeSnippet;
    const isUrgent = reports.some(({ name, commerce }) => name === 'Purchase' || commerce?.checkoutId);
    return state !== 'granted' || hasCome || isUrgent || Date.now() > holdUntil ? 0 : waits.batchMs / 2;
  }

  async function flush() {
    clearTimeout(timer);
    timer = undefined;
    if (!endpoint || isSending) return;
    isSending = true;
    await lookAtTop();
    while (reports.length > 0 && waitMs() === 0) await send(packed(reports));
    isSending = false;
    const wait = waitMs();
    if (reports.length > 0 && Number.isFinite(wait)) later(wait);
  }

  /** @param {ReturnType<typeof packed>} parcel */
  async function send({ batch, body, bytes, isEmpty }) {
    if (isEmpty) return remove(batch);
    let isOver = false;
    let askedMs = 0;
    try {
      const answer = await post(body, bytes);
      askedMs = Number(answer.headers.get('retry-after')) * 1000 || 0;
      isOver = answer.status < 500 && answer.status !== 408 && answer.status !== 429;
      if (isOver) warnOf(await answer.json().catch(() => notOurs(answer)));
    } catch {} // offline, blocked or cut off: it goes again
    if (isOver) {
      failures = 0;
      remove(batch);
    } else {
      const backoffMs = Math.min(waits.firstRetryMs * 2 ** failures++, waits.longestRetryMs) * (1 + Math.random());
      notBefore = Date.now() + Math.min(Math.max(askedMs, backoffMs), bounds.storedMs);
    }
  }

  /** As text, so that no preflight has to come before it; a frame without an origin has no cookies. @param {string} body @param {number} bytes */
  async function post(body, bytes) {
    const signal = AbortSignal.timeout?.(waits.answerMs);
    return fetch(endpoint ?? '', { method: 'POST', body, keepalive: bytes < bounds.inFlightBytes, credentials: 'omit', signal });
  }

  /** @param {Response} answer */
  function notOurs({ status }) {
    return { error: { message: `\`collector\` answered ${status}, and not as a gateway of Convey does. Check its address.` } };
  }

  /** @param {{ error?: { message?: string }, rejected?: readonly { issues?: readonly { message?: string }[] }[] }} answer */
  function warnOf({ error, rejected }) {
    const issues = listOf(rejected).flatMap((one) => listOf(one.issues));
    for (const { message } of error ? [error] : issues) console.warn(`Convey did not take an event: ${message}`);
  }

  /** @param {readonly Report[]} told */
  function remove(told) {
    const ids = new Set(told.map(({ id }) => id));
    reports.splice(0, reports.length, ...reports.filter(({ id }) => !ids.has(id)));
    save();
  }

  /** Tells the rest without waiting for answers. The mirror stays: the next page tells again what may not have arrived. */
  function leave() {
    for (let rest = [...reports]; endpoint && rest.length > 0; ) {
      const { batch, body, bytes, isEmpty } = packed(rest);
      if (!isEmpty) post(body, bytes).catch(() => {});
      rest = rest.slice(batch.length);
    }
    // A page that comes back tells it again as well, which is harmless, as ids stay.
    if (!isGranted()) reports.length = 0;
  }

  /** Keeps what is not told in the shop's own storage, without anything of the person and only of a shopper who agreed. */
  function save() {
    if (!isGranted() || reports.length === 0) {
      void ask(() => browser.localStorage.removeItem(mirrorKey));
      return;
    }
    const kept = reports.filter(({ type }) => !type).map(mirrored);
    while (JSON.stringify(kept).length > bounds.storedCharacters) kept.shift();
    void ask(() => browser.localStorage.setItem(mirrorKey, JSON.stringify(kept)));
  }

  /** @param {Report} report @returns {Report} */
  function mirrored({ id, time, name, page, user, commerce, consent: own }) {
    const [path = '', query = ''] = (page?.url ?? '').split(/[?#]/);
    const clicks = query.split('&').filter((pair) => clickParams.test(pair));
    const { value, currency, orderId, checkoutId } = commerce ?? {};
    return {
      ...{ id, time, name, consent: own },
      page: { url: withoutAddress(`${path}?${clicks.join('&')}`) },
      user: own ? undefined : { anonymousId: user?.anonymousId ?? visitor() },
      commerce: { value, currency, orderId: withoutAddress(orderId), checkoutId },
    };
  }

  /** Takes what earlier pages left and did not tell, or takes it away from a browser whose shopper denied. */
  async function adopt() {
    const count = Number(await ask(() => browser.localStorage.length())) || 0;
    const names = await Promise.all(Array.from({ length: count }, (_, index) => ask(() => browser.localStorage.key(index))));
    for (const name of names) {
      if (typeof name !== 'string' || !name.startsWith(mirrorPrefix) || name === mirrorKey) continue;
      const left = String((await ask(() => browser.localStorage.getItem(name))) ?? '');
      await ask(() => browser.localStorage.removeItem(name));
      if (!isGranted()) continue;
      try {
        /** @type {Report[]} */
        const earlier = JSON.parse(left);
        reports.unshift(...earlier.filter(({ id, time }) => id && time > Date.now() - bounds.storedMs).slice(-bounds.reports));
      } catch {} // another's, or cut off
    }
    save();
  }

  /** What only the top frame knows. Shopify asks it on our behalf, and need not answer. */
  async function lookAtTop() {
    const looked = (async () => {
      const [word, chosen, choice] = await Promise.all([
        ask(() => browser.sessionStorage.getItem(visitorKey)),
        ask(() => browser.sessionStorage.getItem(themeChoiceKey)),
        ask(() => browser.localStorage.getItem(choiceKey)),
      ]);
      themeWord = word ?? themeWord;
      themeChoice = chosen;
      lastChoice = choice;
      heedConsent();
      if (consent().state === 'waiting') return;
      if (!isAdopted) await adopt();
      isAdopted = true;
      if (!isGranted()) return;
      const values = await Promise.all(platformCookies.map((name) => ask(() => browser.cookie.get(name))));
      cookies = Object.fromEntries(platformCookies.flatMap((name, at) => (values[at] ? [[name, String(values[at])]] : [])));
    })();
    await Promise.race([looked, new Promise((resolve) => setTimeout(resolve, waits.topMs))]);
  }

  /** @template T @param {() => Promise<T>} question @returns {Promise<T | undefined>} */
  async function ask(question) {
    try {
      return await question();
    } catch {
      return undefined;
    }
  }

  /** Consent may have changed: by a choice, or by what the top frame says of an earlier one. */
  function heedConsent() {
    if (consent().state === 'denied') {
      const rest = reports.filter(({ name, consent: own }) => name !== undefined || own !== undefined);
      reports.splice(0, reports.length, ...rest.map(settled));
      cookies = {};
    }
    if (isGranted() === wasGranted) return;
    wasGranted = !wasGranted;
    tellTag('update');
  }

  /** @param {typeof allowed} chosen */
  function choose(chosen) {
    const known = isGranted() ? new Set([visitor(), clientVisitor]) : [];
    allowed = chosen;
    isChosen = true;
    isAdopted = false;
    holdUntil = Date.now() + waits.themeMs;
    const { state, statement } = consent();
    void ask(() => browser.localStorage.setItem(choiceKey, state));
    heedConsent();
    const signal = () => /** @type {const} */ ({ id: `consent-${newId()}`, time: Date.now(), type: 'consent' });
    // A grant tells how the shopper arrived; a withdrawal, of whom nothing shall be known any more.
    if (state === 'granted') add({ ...signal(), page: { url: closed(init.context?.document?.location?.href) } });
    else for (const anonymousId of known) if (anonymousId) add({ ...signal(), user: { anonymousId }, consent: statement });
    void flush();
  }

  // 5. To Microsoft, by the names and ids that Convey sends from the server. The tag refuses a whole event for one bad value.

  const forms = { prodid: /^[A-Za-z0-9-]{1,50}$/, currency: /^[A-Za-z]{3}$/, phone: /^\+[1-9]\d{6,14}$/ };
  /** What was looked at and what it was worth. The rest, such as a search or a page's title, may be the shopper's own words. */
  const forAnybody =
    /^(event_id|event_value|revenue_value|currency|tax|shipping|items|ecomm_(pagetype|prodid|totalvalue)|page_(path|location))$/;
  const amounts = ['event_value', 'revenue_value', 'ecomm_totalvalue', 'tax', 'shipping'];
  // A beacon is an address of at most 4,096 characters; lists get these many of them.
  const longest = { items: 1800, ids: 600 };
  /** @type {Readonly<Record<string, string>>} */
  const microsoftNames = {
    PageView: 'page_view',
    ViewContent: 'view_item',
    Search: 'search',
    AddToCart: 'add_to_cart',
    InitiateCheckout: 'begin_checkout',
    Purchase: 'purchase',
  };

  /** @param {...unknown} parameters */
  function push(...parameters) {
    if (hasTag) window.uetq?.push(...parameters);
  }

  /** @param {'default' | 'update'} mode */
  function tellTag(mode) {
    push('consent', mode, { ad_storage: isGranted() ? 'granted' : 'denied' });
  }

  /** The frame has an origin of its own, where reading a cookie may throw. */
  function hasCookies() {
    try {
      return typeof document.cookie === 'string';
    } catch {
      return false;
    }
  }

  function loadTag() {
    window.uetq = window.uetq || [];
    // Before anything else.
    tellTag('default');
    const withCookies = hasCookies();
    if (!withCookies) Object.defineProperty(document, 'cookie', { configurable: true, get: () => '', set: () => {} });
    const script = document.createElement('script');
    script.async = true;
    script.src = settings.script;
    script.onerror = () => {
      isTagBlocked = true;
    };
    script.onload = () => {
      if (!window.UET) return;
      window.uetq = new window.UET({
        ti: settings.tagId,
        q: window.uetq,
        // Shopify tells of each page, and of consent.
        disableAutoPageView: true,
        enableAutoSpaTracking: false,
        enableAutoConsent: false,
        storeConvTrackCookies: withCookies,
      });
      push('pageLoad');
    };
    document.head.append(script);
  }

  /** @param {Told} told @param {Context | null | undefined} context */
  function tellMicrosoft(told, context) {
    if (!hasTag || told.name === 'identify') return;
    const name = settings.eventNames[told.name] ?? microsoftNames[told.name] ?? told.name;
    push('event', name, takeable(told.custom ? withoutAddresses(told.custom) : parametersOf(told, context)));
  }

  /** @param {Told} told @param {Context | null | undefined} context @returns {Record<string, unknown>} */
  function parametersOf({ name, id, ownId, pageType, lines, total, searchTerm, orderId, person }, context) {
    if (name === 'PageView') return { event_id: id, ...pageOf(context) };
    const sold = lines ?? [];
    const ids = sold.map(({ variant }) => itemIdOf(variant)).filter((one) => one !== undefined);
    const isList = pageType === 'category' || pageType === 'searchresults';
    const isAtCart = pageType === 'cart' || pageType === 'purchase';
    const items = isList ? [] : sold.map(itemOf).filter((item) => item.id || item.name);
    return {
      event_id: isGranted() ? id : (ownId ?? id),
      transaction_id: orderId,
      search_term: withoutAddress(searchTerm),
      ecomm_pagetype: pageType,
      ecomm_prodid: [...new Set(ids)],
      items: asManyAsFit(items, longest.items),
      revenue_value: total?.amount,
      ecomm_totalvalue: isAtCart ? total?.amount : undefined,
      currency: total?.currencyCode,
      pid: person && pidOf(person),
    };
  }

  /** @param {Context | null | undefined} context */
  function pageOf(context) {
    const { origin, pathname, search } = context?.document?.location ?? {};
    if (!pathname) return {};
    const path = closed(pathname + (isGranted() ? (withoutAddress(search) ?? '') : '')) ?? '';
    return { page_path: path, page_location: origin ? origin + path : undefined, page_title: context?.document?.title };
  }

  /** @param {Person} person */
  function pidOf({ email, phone }) {
    const given = String(phone ?? '').replace(/[\s().-]/g, '');
    const pid = { ...(email?.includes('@') && { em: email }), ...(forms.phone.test(given) && { ph: given }) };
    return Object.keys(pid).length > 0 ? pid : undefined;
  }

  /** @param {string | null | undefined} given */
  function withoutAddress(given) {
    return given && !/@|%40/.test(given) ? given : undefined;
  }

  /** @param {Readonly<Record<string, unknown>>} fields @returns {Record<string, unknown>} */
  function withoutAddresses(fields) {
    const told = Object.entries(fields).filter(([name, value]) => name === 'pid' || !/@|%40/.test(JSON.stringify(value) ?? ''));
    return Object.fromEntries(told);
  }

  /** @template T @param {readonly T[]} list @param {number} maxChars */
  function asManyAsFit(list, maxChars) {
    const fitting = [...list];
    while (encodeURIComponent(JSON.stringify(fitting)).length > maxChars) fitting.pop();
    return fitting.length > 0 ? fitting : undefined;
  }

  /** Without what the tag would refuse and what consent does not allow. @param {Record<string, unknown>} given */
  function takeable(given) {
    const { ecomm_prodid: ids, currency, pid, transaction_id: order, ...fields } = given;
    for (const name of amounts) if (name in fields) fields[name] = amountOf(fields[name]);
    // An amount means nothing without its currency.
    if (typeof currency === 'string' && forms.currency.test(currency)) fields.currency = currency;
    else for (const name of ['revenue_value', 'ecomm_totalvalue']) delete fields[name];
    // Part of an id would be another id: whole, or not at all. The tag wants to know the kind of page as well.
    const products = [ids].flat().filter((id) => typeof id === 'string' && forms.prodid.test(id));
    if (fields.ecomm_pagetype) fields.ecomm_prodid = asManyAsFit(products, longest.ids);
    const mayGo = isGranted() ? () => true : (/** @type {string} */ name) => forAnybody.test(name);
    if (isGranted() && order) fields.transaction_id = order;
    if (isGranted() && settings.enhancedConversions && pid) fields.pid = pid;
    const told = Object.entries(fields).filter(([name, value]) => value !== undefined && value !== null && mayGo(name));
    return Object.fromEntries(told);
  }

  // 6. Listening. What goes wrong with one event is no reason to miss the next, nor for the other half to miss it.

  /** @param {string} name @param {string} whom @param {() => void} tell */
  function attempt(name, whom, tell) {
    try {
      tell();
    } catch {
      console.warn(`The event ${name} did not reach ${whom}.`);
    }
  }

  /** @template {StandardEvent | ThemeEvent} E @param {(event: E) => Told | undefined} read */
  function teller(read) {
    return (/** @type {E} */ event) =>
      attempt(event?.name, 'Convey and the UET tag', () => {
        const told = read(event);
        if (!told) return;
        attempt(event.name, 'Convey', () => tellConvey(told, event));
        // What the theme knows of a no is known by then.
        void looked.then(() => attempt(event.name, 'the UET tag', () => tellMicrosoft(told, event.context)));
      });
  }

  /** Of a theme's own events, those that bring an id: other apps publish here as well. @param {ThemeEvent} event @returns {Told | undefined} */
  function customOf({ name, customData }) {
    const id = text(customData?.event_id);
    if (!customData || !id || /@|%40/.test(id)) return undefined;
    const { em, ph } = Object(customData.pid);
    return { name, id, custom: customData, person: withoutBlanks({ email: text(em), phone: text(ph) }) };
  }

  const looked = lookAtTop();
  if (hasTag) void looked.then(loadTag);
  analytics.subscribe('all_standard_events', teller(toldOf));
  analytics.subscribe('all_custom_events', teller(customOf));
  // Custom pixels find it under `api`.
  const privacyApi = typeof api === 'undefined' ? undefined : api?.customerPrivacy;
  const changes = privacyApi ?? (typeof customerPrivacy === 'undefined' ? undefined : customerPrivacy);
  changes?.subscribe('visitorConsentCollected', (event) => choose(event?.customerPrivacy));
  addEventListener('pagehide', leave);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && void flush());
  void flush();
})();
