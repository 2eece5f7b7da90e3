import { createApp } from 'vue';
import { createDemoClient } from '../react-dashboard/demo-client.ts';
import App from './app.vue';
import { createRealtime } from './realtime';

createApp(App)
  .use(createRealtime(await createDemoClient()))
  .mount('#app');
