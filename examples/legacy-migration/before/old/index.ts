import { WS_URL } from './config.ts';
import { WebSocketService } from './websocket-service.ts';

export { WS_URL } from './config.ts';
export {
  selectConnected,
  selectMessages,
  websocketMiddlewares,
  websocketReducer,
} from './websocket-middleware.ts';

export const websocketService = new WebSocketService(WS_URL);
