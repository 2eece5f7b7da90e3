import { createApp } from 'vue';
// Imported and not linked: an address that leaves Vite's root is not served.
import '../quick-start/page/style/index.css';
import './style.css';
import App from './app.vue';
import { createRealtime } from './realtime';
import { beginSession, sessionKey } from './session';

const session = await beginSession();
createApp(App).use(createRealtime(session.client)).provide(sessionKey, session).mount('#app');
