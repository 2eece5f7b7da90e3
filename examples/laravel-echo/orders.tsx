import { useConnectionStatus, useEchoPublic } from '@laravel/echo-react';
import { type ReactElement, useState } from 'react';

export function Orders(): ReactElement {
  const status = useConnectionStatus();
  const [shipped, setShipped] = useState<readonly number[]>([]);
  useEchoPublic<{ id: number }>('orders', 'OrderShipped', ({ id }) => setShipped((ids) => [...ids, id]));

  return (
    <section>
      <p>
        The connection is <output id="status">{status}</output>.
      </p>
      <button type="button" onClick={() => void fetch('/ship', { method: 'POST' })}>
        Ship an order
      </button>
      <button type="button" onClick={() => void fetch('/cut', { method: 'POST' })}>
        Cut the connection
      </button>
      <p id="shipped">{shipped.length} shipped</p>
    </section>
  );
}
