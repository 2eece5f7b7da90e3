import type { TestServer } from '../src/testing/index';

interface Frame {
  readonly event: string;
  readonly channel?: string;
  readonly data?: unknown;
}

/** Somebody else on a private channel, with no library in between: what gets here has arrived. */
export class Observer {
  /** The numbers of the client events, in the order of arrival. */
  readonly numbers: number[] = [];

  /** Resolves when it is subscribed. It sits beside the server and does not notice what happens to the network. */
  static async join(server: TestServer, channel: string): Promise<Observer> {
    const observer = new Observer();
    const socket = server.connect();
    await new Promise<void>((resolve, reject) => {
      socket.onclose = ({ code }) => reject(new Error(`The observer was closed: ${code}`));
      socket.onmessage = ({ data = '' }) => {
        const frame = JSON.parse(data) as Frame;
        const content = typeof frame.data === 'string' ? JSON.parse(frame.data) : frame.data;
        if (frame.event === 'pusher:connection_established') {
          authorize(server, channel, content.socket_id).then(
            (auth) => socket.send(JSON.stringify({ event: 'pusher:subscribe', data: { channel, auth } })),
            reject,
          );
        } else if (frame.event === 'pusher_internal:subscription_succeeded') resolve();
        else if (frame.event.startsWith('client-')) observer.numbers.push(content.number);
      };
    });
    return observer;
  }

  /** How many of `count` numbered events did not arrive. */
  lost(count: number): number {
    return count - new Set(this.numbers).size;
  }

  /** Whether each arrived after those with smaller numbers, and once. */
  get inOrder(): boolean {
    return this.numbers.every((number, index) => index === 0 || number > (this.numbers[index - 1] ?? -1));
  }
}

async function authorize(server: TestServer, channel: string, socketId: string): Promise<string> {
  const answer = await server.fetch('/pusher/auth', {
    method: 'POST',
    headers: { authorization: `Bearer ${server.issueToken({ userId: 'observer' })}` },
    body: new URLSearchParams({ socket_id: socketId, channel_name: channel }),
  });
  const { auth } = (await answer.json()) as { readonly auth: string };
  return auth;
}
