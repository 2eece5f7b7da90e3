import type { TestServer } from 'surewire/testing';

/** The frames in which clients subscribe and unsubscribe from now on, in order: `subscribe news`, `unsubscribe news`. */
export function watchFrames(server: TestServer): string[] {
  const frames: string[] = [];
  const connect = server.connect.bind(server);
  server.connect = (url) => {
    const socket = connect(url);
    const send = socket.send.bind(socket);
    socket.send = (frame) => {
      const { event, data } = JSON.parse(String(frame)) as { event: string; data?: { channel?: string } };
      const [, word] = /^pusher:(subscribe|unsubscribe)$/.exec(event) ?? [];
      if (word !== undefined) frames.push(`${word} ${data?.channel}`);
      send(frame);
    };
    return socket;
  };
  return frames;
}
