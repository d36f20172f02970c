___INFO___

{
  "type": "TAG",
  "id": "cvt_temp_public_id",
  "version": 1,
  "securityGroups": [],
  "displayName": "Convey",
  "categories": [
    "CONVERSIONS",
    "ADVERTISING"
  ],
  "brand": {
    "id": "brand_dummy",
    "displayName": "Convey"
  },
  "description": "Reports the events of a server container to the shop's own Convey gateway.",
  "containerContexts": [
    "SERVER"
  ]
}


___TEMPLATE_PARAMETERS___

[
  {
    "type": "TEXT",
    "name": "secretKey",
    "displayName": "Secret key",
    "simpleValueType": true,
    "help": "Create one for this container in the dashboard, under Site settings. It is sent in a header alone.",
    "valueValidators": [
      {
        "type": "NON_EMPTY"
      }
    ]
  },
  {
    "type": "CHECKBOX",
    "name": "hasPixel",
    "checkboxText": "The pages have Convey's pixel",
    "simpleValueType": true,
    "defaultValue": true,
    "help": "Then events without event_id are left to the pixel, except purchases with a transaction_id. If the page gives its purchases an event_id, Google's purchase event needs it too."
  },
  {
    "type": "TEXT",
    "name": "eventName",
    "displayName": "Event name",
    "simpleValueType": true,
    "help": "Empty: by the event's name. Others than Google's e-commerce events, generate_lead, sign_up and search are left out."
  }
]


___SANDBOXED_JS_FOR_SERVER___

const getCookieValues = require('getCookieValues');
const getEventData = require('getEventData');
const getType = require('getType');
const JSON = require('JSON');
const makeString = require('makeString');
const sendHttpRequest = require('sendHttpRequest');
const sha256Sync = require('sha256Sync');

const eventsUrl = 'https://data.shop.example/v1/events';
const timeoutMs = 5000;

// The pixel counts page views, and refunds come from the shop: both are left out, like all events that are not listed.
const names = {
  view_item: 'ViewContent',
  add_to_cart: 'AddToCart',
  begin_checkout: 'InitiateCheckout',
  add_payment_info: 'add_payment_info',
  add_to_wishlist: 'add_to_wishlist',
  purchase: 'Purchase',
  generate_lead: 'Lead',
  sign_up: 'SignUp',
  search: 'Search',
  view_search_results: 'Search'
};

const hasValue = (value) => value !== undefined && value !== null && value !== '';

// An assumption, because Google does not document `gcd`: m, q and u were denied, n, r and v granted by the shopper; others are defaults.
const readLetter = (letter) => {
  if ('mqu'.indexOf(letter) !== -1) return 'denied';
  return 'nrv'.indexOf(letter) !== -1 ? 'granted' : undefined;
};

// Returns the shopper's choice; a default as not explicit; undefined if there is neither.
const readConsent = () => {
  const gcd = makeString(getEventData('x-ga-gcd') || '');
  const chosen = gcd.length > 8 ? readLetter(gcd.charAt(2)) : undefined;
  if (chosen) {
    return {
      adStorage: chosen,
      adUserData: readLetter(gcd.charAt(6)),
      adPersonalization: readLetter(gcd.charAt(8)),
      source: 'gcm',
      explicit: true
    };
  }
  const gcs = makeString(getEventData('x-ga-gcs') || '');
  const state = getEventData('consent_state') || {};
  let known = gcs.indexOf('G1') === 0 ? gcs.charAt(2) : undefined;
  if (state.ad_storage === true) known = '1';
  if (state.ad_storage === false) known = '0';
  if (known !== '1' && known !== '0') return undefined;
  return { adStorage: known === '1' ? 'granted' : 'denied', source: 'gcm', explicit: false };
};

const readItem = (item) => {
  return {
    id: item.item_id,
    name: item.item_name,
    price: item.price,
    quantity: item.quantity,
    brand: item.item_brand,
    category: item.item_category,
    variant: item.item_variant,
    discount: item.discount
  };
};

// Returns what the event says of the shopper. A hash serves only without the plain value.
const readUser = (consent) => {
  const user = { ip: getEventData('ip_override'), userAgent: getEventData('user_agent') };
  // A default is no choice, so the gateway waits for the page's. After a denial nothing of the person leaves the container.
  if (consent && consent.explicit && consent.adStorage === 'denied') return user;
  const userData = getEventData('user_data') || {};
  const address = (getType(userData.address) === 'array' ? userData.address[0] : userData.address) || {};
  user.externalId = getEventData('user_id');
  user.email = userData.email_address || userData.email;
  user.phone = userData.phone_number;
  user.emailSha256 = userData.sha256_email_address;
  user.phoneSha256 = userData.sha256_phone_number;
  user.firstName = address.first_name;
  user.lastName = address.last_name;
  user.address = {
    street: address.street,
    city: address.city,
    state: address.region,
    zip: address.postal_code,
    country: address.country
  };
  if (consent && consent.explicit) user.anonymousId = getCookieValues('_cv_id')[0];
  return user;
};

const eventName = makeString(getEventData('event_name') || '');
const name = data.eventName || names[eventName];
const eventId = getEventData('event_id');
const orderId = getEventData('transaction_id');
const isOrder = name === 'Purchase' && hasValue(orderId);

if (!name || eventName === 'refund') {
  data.gtmOnSuccess();
  return;
}

let id;
if (hasValue(eventId)) {
  id = makeString(eventId);
} else if (!isOrder) {
  // The pixel reports the event too, and under an id of its own.
  if (data.hasPixel) {
    data.gtmOnSuccess();
    return;
  }
  const parts = ['client_id', 'x-ga-page_id', 'x-ga-request_count'].map((key) => makeString(getEventData(key) || ''));
  // Without them two events of a page would look like one.
  if (parts.indexOf('') === -1) id = sha256Sync(parts.concat([name]).join('|'), { outputEncoding: 'hex' });
}

const consent = readConsent();
const items = getEventData('items');
const event = {
  id: id,
  name: name,
  page: { url: getEventData('page_location'), referrer: getEventData('page_referrer'), title: getEventData('page_title') },
  user: readUser(consent),
  consent: consent,
  commerce: {
    value: getEventData('value'),
    currency: getEventData('currency'),
    orderId: orderId,
    tax: getEventData('tax'),
    shipping: getEventData('shipping'),
    coupon: getEventData('coupon'),
    customerType: getEventData('customer_type'),
    searchTerm: getEventData('search_term'),
    items: getType(items) === 'array' ? items.map(readItem) : undefined
  }
};

sendHttpRequest(
  eventsUrl,
  {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer ' + data.secretKey },
    timeout: timeoutMs
  },
  JSON.stringify({ events: [event] })
).then(
  (response) => {
    const answer = response.statusCode === 202 ? JSON.parse(response.body) : undefined;
    if (answer && answer.rejected && answer.rejected.length === 0) data.gtmOnSuccess();
    else data.gtmOnFailure();
  },
  () => data.gtmOnFailure()
);


___SERVER_PERMISSIONS___

[
  {
    "instance": {
      "key": {
        "publicId": "read_event_data",
        "versionId": "1"
      },
      "param": [
        {
          "key": "keyPatterns",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 1,
                "string": "event_name"
              },
              {
                "type": 1,
                "string": "event_id"
              },
              {
                "type": 1,
                "string": "transaction_id"
              },
              {
                "type": 1,
                "string": "client_id"
              },
              {
                "type": 1,
                "string": "x-ga-page_id"
              },
              {
                "type": 1,
                "string": "x-ga-request_count"
              },
              {
                "type": 1,
                "string": "x-ga-gcd"
              },
              {
                "type": 1,
                "string": "x-ga-gcs"
              },
              {
                "type": 1,
                "string": "consent_state"
              },
              {
                "type": 1,
                "string": "ip_override"
              },
              {
                "type": 1,
                "string": "user_agent"
              },
              {
                "type": 1,
                "string": "user_id"
              },
              {
                "type": 1,
                "string": "user_data"
              },
              {
                "type": 1,
                "string": "page_location"
              },
              {
                "type": 1,
                "string": "page_referrer"
              },
              {
                "type": 1,
                "string": "page_title"
              },
              {
                "type": 1,
                "string": "value"
              },
              {
                "type": 1,
                "string": "currency"
              },
              {
                "type": 1,
                "string": "tax"
              },
              {
                "type": 1,
                "string": "shipping"
              },
              {
                "type": 1,
                "string": "coupon"
              },
              {
                "type": 1,
                "string": "customer_type"
              },
              {
                "type": 1,
                "string": "search_term"
              },
              {
                "type": 1,
                "string": "items"
              }
            ]
          }
        },
        {
          "key": "eventDataAccess",
          "value": {
            "type": 1,
            "string": "specific"
          }
        }
      ]
    },
    "clientAnnotations": {
      "isEditedByUser": true
    },
    "isRequired": true
  },
  {
    "instance": {
      "key": {
        "publicId": "get_cookies",
        "versionId": "1"
      },
      "param": [
        {
          "key": "cookieAccess",
          "value": {
            "type": 1,
            "string": "specific"
          }
        },
        {
          "key": "cookieNames",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 1,
                "string": "_cv_id"
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": {
      "isEditedByUser": true
    },
    "isRequired": true
  },
  {
    "instance": {
      "key": {
        "publicId": "send_http",
        "versionId": "1"
      },
      "param": [
        {
          "key": "allowedUrls",
          "value": {
            "type": 1,
            "string": "specific"
          }
        },
        {
          "key": "urls",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 1,
                "string": "https://data.shop.example/v1/events"
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": {
      "isEditedByUser": true
    },
    "isRequired": true
  }
]


___TESTS___

scenarios:
- name: Sends a purchase under the page's event id
  code: |-
    event = { event_name: 'purchase', event_id: 'purchase-T-1-42d3d205904bbee3', transaction_id: 'T-1', value: 12.5, currency: 'USD' };
    runCode(settings);
    assertThat(sent[0].url.indexOf('https://')).isEqualTo(0);
    assertThat(sent[0].options.headers.authorization).isEqualTo('Bearer sk_example');
    const body = JSON.parse(sent[0].body);
    assertThat(body.events[0].id).isEqualTo('purchase-T-1-42d3d205904bbee3');
    assertThat(body.events[0].name).isEqualTo('Purchase');
    assertThat(body.events[0].commerce.orderId).isEqualTo('T-1');
    assertApi('gtmOnSuccess').wasCalled();
- name: Leaves the id of an order to the gateway, which makes the pixel's
  code: |-
    event = { event_name: 'purchase', transaction_id: 'T-1' };
    runCode(settings);
    assertThat(JSON.parse(sent[0].body).events[0].id).isUndefined();
- name: Leaves events without an id to the pixel
  code: |-
    event = { event_name: 'add_to_cart' };
    runCode(settings);
    assertThat(sent).hasLength(0);
    assertApi('gtmOnSuccess').wasCalled();
- name: Makes an id if the pages have no pixel
  code: |-
    event = { event_name: 'add_to_cart', client_id: '1', 'x-ga-page_id': '2', 'x-ga-request_count': '3' };
    runCode({ secretKey: 'sk_example', hasPixel: false });
    assertThat(JSON.parse(sent[0].body).events[0].id).hasLength(64);
- name: Leaves out page views and refunds
  code: |-
    event = { event_name: 'page_view' };
    runCode(settings);
    event = { event_name: 'refund', transaction_id: 'T-1' };
    runCode(settings);
    assertThat(sent).hasLength(0);
- name: Passes on a choice, and with a grant the visitor
  code: |-
    event = { event_name: 'purchase', transaction_id: 'T-1', 'x-ga-gcd': '13r3r3m3r5', user_data: { email_address: 'jane.doe@example.com' } };
    runCode(settings);
    const body = JSON.parse(sent[0].body);
    assertThat(body.events[0].consent.adStorage).isEqualTo('granted');
    assertThat(body.events[0].consent.adUserData).isEqualTo('denied');
    assertThat(body.events[0].user.anonymousId).isEqualTo('b171a9b06ce011ecafcd1b209be8601b');
    assertThat(body.events[0].user.email).isEqualTo('jane.doe@example.com');
- name: Sends nothing of the person after a denial
  code: |-
    event = { event_name: 'purchase', transaction_id: 'T-1', 'x-ga-gcd': '13m3m3m3m5', user_data: { email_address: 'jane.doe@example.com' } };
    runCode(settings);
    assertThat(sent[0].body.indexOf('jane.doe')).isEqualTo(-1);
    assertThat(sent[0].body.indexOf('anonymousId')).isEqualTo(-1);
- name: States a default as no choice
  code: |-
    event = { event_name: 'purchase', transaction_id: 'T-1', 'x-ga-gcs': 'G100' };
    runCode(settings);
    assertThat(JSON.parse(sent[0].body).events[0].consent.explicit).isFalse();
- name: Fails if the gateway refuses the request
  code: |-
    event = { event_name: 'purchase', transaction_id: 'T-1' };
    response = { statusCode: 401, body: '{}' };
    runCode(settings);
    assertApi('gtmOnFailure').wasCalled();
    assertApi('gtmOnSuccess').wasNotCalled();
- name: Fails if the gateway rejects the event
  code: |-
    event = { event_name: 'purchase', transaction_id: 'T-1' };
    response = { statusCode: 202, body: '{"accepted":0,"rejected":[{"index":0}]}' };
    runCode(settings);
    assertApi('gtmOnFailure').wasCalled();
    assertApi('gtmOnSuccess').wasNotCalled();
- name: Fails if the gateway cannot be reached
  code: |-
    event = { event_name: 'purchase', transaction_id: 'T-1' };
    response = undefined;
    runCode(settings);
    assertApi('gtmOnFailure').wasCalled();
    assertApi('gtmOnSuccess').wasNotCalled();
setup: |-
  const JSON = require('JSON');
  const settings = { secretKey: 'sk_example', hasPixel: true };
  let event = {};
  let response = { statusCode: 202, body: '{"accepted":1,"duplicates":0,"rejected":[]}' };
  const sent = [];
  mock('getEventData', (key) => event[key]);
  mock('getCookieValues', () => ['b171a9b06ce011ecafcd1b209be8601b']);
  mock('sendHttpRequest', (url, options, body) => {
    sent.push({ url: url, options: options, body: body });
    return {
      then: (onAnswer, onError) => {
        if (response) onAnswer(response);
        else onError({ reason: 'timed_out' });
      }
    };
  });


___NOTES___

Convey's server tag. The dashboard writes the gateway's URL into code and permission.
