// No modules and no build: `Surewire` is a global, made by either of the two files.
const form = document.querySelector('form');
const state = document.querySelector('#state');
const messages = document.querySelector('#messages');
let client;

function follow({ key, host, port, channel }) {
  client?.destroy();
  client = new Surewire.RealtimeClient({ key, host, port: Number(port), tls: false });
  client.status.subscribe((status) => {
    state.textContent = status.reason ? `${status.state}: ${status.reason}` : status.state;
  });
  client.on('error', (error) => show(`${error.name}: ${error.message}`));
  client.channel(channel).onAny((payload, message) => show(`${message.event} ${JSON.stringify(payload)}`));
}

function show(text) {
  const item = document.createElement('li');
  item.textContent = text;
  messages.prepend(item);
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  follow(Object.fromEntries(new FormData(form)));
});

// `?port=…` fills in the form and follows at once.
const given = new URLSearchParams(location.search);
for (const [name, value] of given) if (form.elements[name]) form.elements[name].value = value;
if (given.has('port')) form.requestSubmit();
