import { Link, useLocation, useNavigate, useParams } from 'react-router';
import { useTrackOnce } from './use-track-once.js';

const clocks = {
  sku1: { id: 'sku1', name: 'Wall clock', price: 62.7 },
  sku2: { id: 'sku2', name: 'Table clock', price: 45 },
};

/** Returns the commerce fields of a cart, an order or a viewed product. */
function commerce(items) {
  const value = items.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
  return { value, currency: 'USD', items };
}

const cart = [];

export function Home() {
  return (
    <>
      <title>Clocks</title>
      <h1>Clocks</h1>
      {Object.values(clocks).map(({ id, name }) => (
        <p key={id}>
          <Link to={`/product/${id}`}>{name}</Link>
        </p>
      ))}
    </>
  );
}

export function Product() {
  const { id } = useParams();
  const clock = clocks[id];
  useTrackOnce('ViewContent', clock?.id, clock && commerce([{ ...clock, quantity: 1 }]));
  if (!clock) return <h1>We do not have this clock</h1>;

  // An action of the shopper is tracked in its handler, without an effect.
  const add = () => {
    const line = { ...clock, quantity: 1 };
    cart.push(line);
    window.convey('track', 'AddToCart', commerce([line]));
  };
  return (
    <>
      <title>{clock.name}</title>
      <h1>{clock.name}</h1>
      <p>{clock.price} USD</p>
      <button type="button" onClick={add}>
        Add to cart
      </button>
      <p>
        <Link to="/checkout">Check out</Link>
      </p>
    </>
  );
}

export function Checkout() {
  const navigate = useNavigate();
  useTrackOnce('InitiateCheckout', 'cart', commerce(cart));

  const buy = (form) => {
    // The e-mail address is passed only to Convey, never to the URL, the title or the history.
    window.convey('identify', { email: form.get('email') });
    // In your shop the server accepts the order and returns its number and an event id that cannot be guessed: see
    // server-event/purchase-id.mjs.
    const orderId = String(Date.now());
    const id = `purchase-${orderId}-${crypto.randomUUID().replaceAll('-', '').slice(0, 16)}`;
    const order = { id, orderId, ...commerce(cart.splice(0)) };
    return navigate('/thanks', { state: order });
  };
  return (
    <>
      <title>Checkout</title>
      <h1>Checkout</h1>
      <form action={buy}>
        <label>
          E-mail <input name="email" type="email" required />
        </label>
        <button type="submit">Buy</button>
      </form>
    </>
  );
}

export function Thanks() {
  const { state: order } = useLocation();
  // The same order has the same event id, so it counts once after a reload.
  useTrackOnce('Purchase', order?.id, order);
  return (
    <>
      <title>Thank you</title>
      <h1>Thank you</h1>
      {order && <p>Your order number is {order.orderId}.</p>}
      <Link to="/">More clocks</Link>
    </>
  );
}
