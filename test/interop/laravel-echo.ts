import Echo from 'laravel-echo';
import { expect, onTestFinished, test } from 'vitest';
import { FaultProxy } from '../../bench/fault-proxy';
import { backendAuth, encryption, RealtimeClient } from '../../src/index';
import Pusher, { pusherOf } from '../../src/pusher/index';
import { type ServerPlace, visit } from './server-visit';

/** Laravel Echo, unchanged, in a page of `user`: with our `Pusher`, or on a client that the page has anyway. */
type EchoOf = (
  user: string,
  at: { readonly place: ServerPlace; readonly application: string },
) => Echo<'reverb'>;

/** Our `Pusher` in the place of theirs. */
export const echoAsPusher: EchoOf = (user, { place, application }) => {
  const echo = new Echo({
    broadcaster: 'reverb',
    Pusher,
    key: place.key,
    wsHost: place.host,
    wsPort: place.port,
    wssPort: place.port,
    forceTLS: place.tls,
    authEndpoint: `${application}/pusher/auth`,
    auth: { headers: { Authorization: `Bearer ${user}` } },
  });
  onTestFinished(() => echo.disconnect());
  return echo;
};

/** The face of a client that exists. */
const echoOnClient: EchoOf = (user, { place: { key, host, port, tls }, application }) => {
  const auth = backendAuth({ endpoint: `${application}/pusher/auth`, token: user });
  const client = new RealtimeClient({ key, host, port, tls, auth, encryption: encryption() });
  onTestFinished(() => client.destroy());
  return new Echo({ broadcaster: 'reverb', client: pusherOf(client) });
};

/** What a Laravel application's page does, with every server of the protocol, as tests. `place` is asked when they run. */
export function testLaravelEcho(place: () => ServerPlace, { tls = false } = {}): void {
  test.each([
    ['Pusher', echoAsPusher],
    ['client: pusherOf(client)', echoOnClient],
  ])(
    'Laravel Echo with %s hears what its backend broadcasts, others but not itself where it asks',
    async (_, echoOf) => {
      const { sdk, application } = await visit(place());
      const at = { place: place(), application: application.url };
      const run = crypto.randomUUID();
      const heard: unknown[] = [];
      const [ada, ben] = [echoOf('ada', at), echoOf('ben', at)];
      for (const [name, echo] of Object.entries({ ada, ben })) {
        echo
          .channel(`orders.${run}`)
          .listen('OrderShipped', ({ n }: { n: number }) => heard.push(`${name} ${n}`));
        echo
          .private(`orders.${run}`)
          .listen('.order.shipped', ({ n }: { n: number }) => heard.push(`${name} ${n}`));
        echo.encryptedPrivate(run).listen('.told', ({ n }: { n: number }) => heard.push(`${name} ${n}`));
        const live: boolean[] = [];
        for (const channel of [
          echo.channel(`orders.${run}`),
          echo.private(`orders.${run}`),
          echo.encryptedPrivate(run),
        ])
          channel.subscribed(() => live.push(true));
        await expect.poll(() => live).toHaveLength(3);
      }
      await sdk.trigger(`orders.${run}`, 'App\\Events\\OrderShipped', { n: 1 });
      await expect.poll(() => heard.toSorted()).toEqual(['ada 1', 'ben 1']);
      // What `broadcast(…)->toOthers()` does with the X-Socket-ID that Echo gave the page.
      const socketId = ada.socketId();
      if (socketId === undefined) throw new Error('Echo has no socket id.');
      await sdk.trigger(`private-orders.${run}`, 'order.shipped', { n: 2 }, { socket_id: socketId });
      await sdk.trigger(`private-encrypted-${run}`, 'told', { n: 3 });
      await expect.poll(() => heard.slice(2).toSorted()).toEqual(['ada 3', 'ben 2', 'ben 3']);
    },
  );

  // With TLS nothing can be between us and the server.
  test.skipIf(tls)(
    'Laravel Echo knows who is here, through a cut, and whispers to them in order',
    async () => {
      const { application } = await visit(place());
      const { host, port } = place();
      const proxy = await FaultProxy.open({ host, port });
      onTestFinished(() => proxy.close());
      const near = echoAsPusher('ada', {
        place: { ...place(), host: '127.0.0.1', port: proxy.port },
        application: application.url,
      });
      const room = crypto.randomUUID();
      const told: unknown[] = [];
      const names = (members: readonly { readonly name: string }[]) =>
        members.map(({ name }) => name).toSorted();
      const whispers: number[] = [];
      const ada = near
        .join(room)
        .here((members: { name: string }[]) => told.push(names(members)))
        .joining(({ name }: { name: string }) => told.push(`+${name}`))
        .leaving(({ name }: { name: string }) => told.push(`-${name}`));
      await expect.poll(() => told).toEqual([['ADA']]);
      const ben = echoAsPusher('ben', { place: place(), application: application.url });
      ben.join(room).listenForWhisper('wave', ({ n }: { n: number }) => whispers.push(n));
      await expect.poll(() => told).toEqual([['ADA'], '+BEN']);
      ada.whisper('wave', { n: 1 });
      await expect.poll(() => whispers).toEqual([1]);
      proxy.refuse();
      proxy.reset();
      await expect.poll(() => near.connectionStatus()).not.toBe('connected');
      for (const n of [2, 3, 4]) ada.whisper('wave', { n });
      await proxy.listen();
      await expect.poll(() => whispers).toEqual([1, 2, 3, 4]);
      await expect.poll(() => told.at(-1)).toEqual(['ADA', 'BEN']);
      ben.leave(room);
      await expect.poll(() => told.at(-1)).toBe('-BEN');
    },
  );

  test('Laravel Echo is told that a channel is refused', async () => {
    const { application } = await visit(place());
    const echo = echoAsPusher('ada', { place: place(), application: application.url });
    const refusals: unknown[] = [];
    echo.private('forged').error((refusal: unknown) => refusals.push(refusal));
    await expect.poll(() => refusals).toMatchObject([{ type: 'AuthError' }]);
  });
}
