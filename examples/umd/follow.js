// No modules and no build: `Surewire` is a global, defined by either of the two files.
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

// Fills in the form and follows at once.
function begin(where) {
  for (const [name, value] of Object.entries(where))
    if (form.elements[name]) form.elements[name].value = value;
  form.requestSubmit();
}

const given = Object.fromEntries(new URLSearchParams(location.search));
// `?port=…` says where, also to a page straight from disk. Otherwise the server that brought the page does.
if (given.port) begin(given);
else if (location.protocol === 'http:')
  fetch('/where')
    .then((response) => response.json())
    .then(begin)
    .catch((error) => show(String(error)));
