import Pusher from 'pusher-js';

interface Settings {
  readonly key: string;
  readonly host: string;
  readonly port: number;
}

// As code that knows nothing of surewire: what it imports, the configuration of the bundler decides.
const { key, host, port } = JSON.parse(decodeURIComponent(location.hash.slice(1))) as Settings;
const pusher = new Pusher(key, { cluster: '', wsHost: host, wsPort: port, forceTLS: false });
const channel = pusher.subscribe('content-generation-42');
channel.bind('progress', ({ progress }: { progress: number }) => {
  document.title = `${progress} %`;
});
channel.bind('pusher:subscription_succeeded', () => {
  document.title = 'ready';
});
pusher.connection.bind('state_change', ({ current }: { current: string }) => {
  document.body.textContent = `${current} ${pusher.connection.socket_id}`;
});
