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
  "description": "Loads the Convey pixel from the shop's own gateway, and reports events and consent to it.",
  "containerContexts": [
    "WEB"
  ]
}


___TEMPLATE_PARAMETERS___

[
  {
    "type": "SELECT",
    "name": "command",
    "displayName": "Command",
    "macrosInSelect": false,
    "simpleValueType": true,
    "defaultValue": "load",
    "selectItems": [
      {
        "value": "load",
        "displayValue": "Load the pixel"
      },
      {
        "value": "track",
        "displayValue": "Report an event"
      },
      {
        "value": "consent",
        "displayValue": "Pass on the shopper's choice"
      }
    ],
    "help": "Load: trigger Initialization - All Pages. Report: the trigger of the event, such as purchase."
  },
  {
    "type": "TEXT",
    "name": "eventName",
    "displayName": "Event name",
    "simpleValueType": true,
    "help": "Empty: the name in the data layer. Google's names count, such as purchase and generate_lead.",
    "enablingConditions": [
      {
        "paramName": "command",
        "paramValue": "track",
        "type": "EQUALS"
      }
    ]
  },
  {
    "type": "TEXT",
    "name": "eventId",
    "displayName": "Event ID",
    "simpleValueType": true,
    "help": "A variable that is new for each event, the same that the shop's server or server container reports. Empty: purchase-<transaction_id>, and a new one for other events.",
    "enablingConditions": [
      {
        "paramName": "command",
        "paramValue": "track",
        "type": "EQUALS"
      }
    ]
  },
  {
    "type": "TEXT",
    "name": "value",
    "displayName": "Value",
    "simpleValueType": true,
    "help": "Empty: ecommerce.value.",
    "enablingConditions": [
      {
        "paramName": "command",
        "paramValue": "track",
        "type": "EQUALS"
      }
    ]
  },
  {
    "type": "TEXT",
    "name": "currency",
    "displayName": "Currency",
    "simpleValueType": true,
    "help": "Empty: ecommerce.currency.",
    "enablingConditions": [
      {
        "paramName": "command",
        "paramValue": "track",
        "type": "EQUALS"
      }
    ]
  },
  {
    "type": "TEXT",
    "name": "searchTerm",
    "displayName": "Search term",
    "simpleValueType": true,
    "enablingConditions": [
      {
        "paramName": "command",
        "paramValue": "track",
        "type": "EQUALS"
      }
    ]
  },
  {
    "type": "TEXT",
    "name": "adStorage",
    "displayName": "Choice for ad_storage",
    "simpleValueType": true,
    "help": "A variable that is granted or denied, and empty before the shopper chooses.",
    "enablingConditions": [
      {
        "paramName": "command",
        "paramValue": "consent",
        "type": "EQUALS"
      }
    ]
  },
  {
    "type": "TEXT",
    "name": "adUserData",
    "displayName": "Choice for ad_user_data",
    "simpleValueType": true,
    "help": "Empty: as ad_storage.",
    "enablingConditions": [
      {
        "paramName": "command",
        "paramValue": "consent",
        "type": "EQUALS"
      }
    ]
  },
  {
    "type": "TEXT",
    "name": "adPersonalization",
    "displayName": "Choice for ad_personalization",
    "simpleValueType": true,
    "help": "Empty: as ad_storage.",
    "enablingConditions": [
      {
        "paramName": "command",
        "paramValue": "consent",
        "type": "EQUALS"
      }
    ]
  }
]


___SANDBOXED_JS_FOR_WEB_TEMPLATE___

const copyFromDataLayer = require('copyFromDataLayer');
const createArgumentsQueue = require('createArgumentsQueue');
const getType = require('getType');
const injectScript = require('injectScript');
const makeString = require('makeString');

const scriptUrl = 'https://data.shop.example/p.js?k=YOUR_WRITE_KEY';
const convey = createArgumentsQueue('convey', 'convey.q');

// Returns the choice, or undefined if the variable has none yet: that is no denial.
const readChoice = (choice) => {
  const text = makeString(choice);
  if (text === 'granted' || text === 'true') return 'granted';
  return text === 'denied' || text === 'false' ? 'denied' : undefined;
};

const hasValue = (value) => value !== undefined && value !== null && value !== '';

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

// Returns what Google's user-provided data says of the shopper. A hash serves only without the plain value.
const readUser = (userData) => {
  const address = (getType(userData.address) === 'array' ? userData.address[0] : userData.address) || {};
  return {
    email: userData.email || userData.email_address,
    phone: userData.phone_number,
    emailSha256: userData.sha256_email_address,
    phoneSha256: userData.sha256_phone_number,
    firstName: address.first_name,
    lastName: address.last_name,
    address: {
      street: address.street,
      city: address.city,
      state: address.region,
      zip: address.postal_code,
      country: address.country
    }
  };
};

// Other events may find the e-commerce data of an earlier one in the data layer.
const commerceEvents = [
  'view_item', 'view_item_list', 'select_item', 'view_cart', 'add_to_cart', 'add_to_wishlist', 'begin_checkout',
  'add_shipping_info', 'add_payment_info', 'purchase'
];

if (data.command === 'load') {
  injectScript(scriptUrl, data.gtmOnSuccess, data.gtmOnFailure, 'convey');
  return;
}

if (data.command === 'consent') {
  const adStorage = readChoice(data.adStorage);
  if (adStorage) {
    convey('consent', {
      adStorage: adStorage,
      adUserData: readChoice(data.adUserData),
      adPersonalization: readChoice(data.adPersonalization)
    });
  }
  data.gtmOnSuccess();
  return;
}

const pushed = copyFromDataLayer('event');
const name = makeString(data.eventName || pushed || '');
// A browser reports no refund, and `gtm.js` is no event of the shop.
if (name === '' || name === 'refund' || name.indexOf('.') !== -1) {
  data.gtmOnFailure();
  return;
}

// Version 1 reads the last push that has the key, version 2 a model that merges all pushes.
const ecommerce = (commerceEvents.indexOf(pushed) !== -1 && copyFromDataLayer('ecommerce', 1)) || {};
const fields = {
  value: hasValue(data.value) ? data.value : ecommerce.value,
  currency: data.currency || ecommerce.currency,
  orderId: ecommerce.transaction_id,
  tax: ecommerce.tax,
  shipping: ecommerce.shipping,
  coupon: ecommerce.coupon,
  customerType: ecommerce.customer_type,
  searchTerm: data.searchTerm
};
if (hasValue(data.eventId)) fields.id = makeString(data.eventId);
if (getType(ecommerce.items) === 'array') fields.items = ecommerce.items.map(readItem);
const userData = copyFromDataLayer('user_data');
if (getType(userData) === 'object') fields.user = readUser(userData);
convey('track', name, fields);
data.gtmOnSuccess();


___WEB_PERMISSIONS___

[
  {
    "instance": {
      "key": {
        "publicId": "access_globals",
        "versionId": "1"
      },
      "param": [
        {
          "key": "keys",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 3,
                "mapKey": [
                  {
                    "type": 1,
                    "string": "key"
                  },
                  {
                    "type": 1,
                    "string": "read"
                  },
                  {
                    "type": 1,
                    "string": "write"
                  },
                  {
                    "type": 1,
                    "string": "execute"
                  }
                ],
                "mapValue": [
                  {
                    "type": 1,
                    "string": "convey"
                  },
                  {
                    "type": 8,
                    "boolean": true
                  },
                  {
                    "type": 8,
                    "boolean": true
                  },
                  {
                    "type": 8,
                    "boolean": false
                  }
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  {
                    "type": 1,
                    "string": "key"
                  },
                  {
                    "type": 1,
                    "string": "read"
                  },
                  {
                    "type": 1,
                    "string": "write"
                  },
                  {
                    "type": 1,
                    "string": "execute"
                  }
                ],
                "mapValue": [
                  {
                    "type": 1,
                    "string": "convey.q"
                  },
                  {
                    "type": 8,
                    "boolean": true
                  },
                  {
                    "type": 8,
                    "boolean": true
                  },
                  {
                    "type": 8,
                    "boolean": false
                  }
                ]
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
        "publicId": "inject_script",
        "versionId": "1"
      },
      "param": [
        {
          "key": "urls",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 1,
                "string": "https://data.shop.example/p.js?k=YOUR_WRITE_KEY"
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
        "publicId": "read_data_layer",
        "versionId": "1"
      },
      "param": [
        {
          "key": "allowedKeys",
          "value": {
            "type": 1,
            "string": "specific"
          }
        },
        {
          "key": "keyPatterns",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 1,
                "string": "event"
              },
              {
                "type": 1,
                "string": "ecommerce"
              },
              {
                "type": 1,
                "string": "user_data"
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
- name: Load injects the site's script and succeeds once
  code: |-
    mock('injectScript', (url, onSuccess) => { injected = url; onSuccess(); });
    runCode({ command: 'load' });
    assertThat(injected.indexOf('https://')).isEqualTo(0);
    assertApi('gtmOnSuccess').wasCalled();
    assertApi('gtmOnFailure').wasNotCalled();
- name: Load fails if the script does not load
  code: |-
    mock('injectScript', (url, onSuccess, onFailure) => { onFailure(); });
    runCode({ command: 'load' });
    assertApi('gtmOnFailure').wasCalled();
    assertApi('gtmOnSuccess').wasNotCalled();
- name: Report sends the purchase of the data layer
  code: |-
    layer = {
      event: 'purchase',
      ecommerce: { transaction_id: 'T-1', value: 12.5, currency: 'USD', items: [{ item_id: 'sku1', price: 12.5, quantity: 1 }] },
      user_data: { email: 'jane.doe@example.com' }
    };
    runCode({ command: 'track', eventId: 'purchase-T-1-42d3d205904bbee3' });
    assertThat(calls[0][0]).isEqualTo('track');
    assertThat(calls[0][1]).isEqualTo('purchase');
    assertThat(calls[0][2].id).isEqualTo('purchase-T-1-42d3d205904bbee3');
    assertThat(calls[0][2].orderId).isEqualTo('T-1');
    assertThat(calls[0][2].items[0].id).isEqualTo('sku1');
    assertThat(calls[0][2].user.email).isEqualTo('jane.doe@example.com');
    assertApi('gtmOnSuccess').wasCalled();
- name: Report gives a lead no value of an earlier event
  code: |-
    layer = { event: 'generate_lead', ecommerce: { value: 99 } };
    runCode({ command: 'track' });
    assertThat(calls[0][2].value).isUndefined();
    assertThat(calls[0][2].id).isUndefined();
- name: Report refuses refunds and events of the container
  code: |-
    layer = { event: 'refund' };
    runCode({ command: 'track' });
    layer = { event: 'gtm.js' };
    runCode({ command: 'track' });
    assertThat(calls).hasLength(0);
    assertApi('gtmOnFailure').wasCalled();
- name: Consent passes on a choice
  code: |-
    runCode({ command: 'consent', adStorage: 'granted', adUserData: 'denied' });
    assertThat(calls[0][1].adStorage).isEqualTo('granted');
    assertThat(calls[0][1].adUserData).isEqualTo('denied');
    assertThat(calls[0][1].adPersonalization).isUndefined();
- name: Consent states nothing before a choice
  code: |-
    runCode({ command: 'consent', adStorage: undefined });
    assertThat(calls).hasLength(0);
    assertApi('gtmOnSuccess').wasCalled();
setup: |-
  let injected;
  let layer = {};
  const calls = [];
  mock('createArgumentsQueue', () => (command, first, second) => { calls.push([command, first, second]); });
  mock('copyFromDataLayer', (key) => layer[key]);


___NOTES___

Convey's web tag. The dashboard writes the site's script URL into code and permission.
