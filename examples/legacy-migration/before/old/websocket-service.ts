// The client service as it was: its own socket, its own queue, its own way back. Kept as it is, faults included.

export type WebSocketState =
  | 'connecting'
  | 'connected'
  | 'disconnecting'
  | 'disconnected'
  | 'reconnecting'
  | 'failed';

export interface WebSocketMessage {
  type: string;
  payload: unknown;
  channel?: string;
  timestamp: string;
  messageId: string;
}

export interface Acknowledgment {
  ok: boolean;
  receivedAt: string;
}

type MessageHandler = (message: WebSocketMessage) => void;

interface SendOptions {
  channel?: string;
  awaitAcknowledgment?: boolean;
  timeout?: number;
}

const MAX_RECONNECT_ATTEMPTS = 5;
const RECONNECT_INTERVAL = 100;

export class WebSocketService {
  private socket: WebSocket | null = null;
  private state: WebSocketState = 'disconnected';
  private token = '';
  private queue: WebSocketMessage[] = [];
  private reconnectAttempts = 0;
  private subscriptions = new Map<
    string,
    {
      channel: string;
      handler: MessageHandler;
      filter?: ((message: WebSocketMessage) => boolean) | undefined;
    }
  >();
  private typeHandlers = new Map<string, Set<(payload: unknown) => void>>();
  private stateHandlers = new Set<(state: WebSocketState) => void>();
  private acknowledgments = new Map<string, (acknowledgment: Acknowledgment) => void>();
  private stats = { messagesSent: 0, messagesReceived: 0, latency: 0 };
  private url: string;

  constructor(url: string) {
    this.url = url;
  }

  connect(token?: string): Promise<void> {
    if (token) this.token = token;
    this.setState(this.reconnectAttempts > 0 ? 'reconnecting' : 'connecting');
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${this.url}/ws/native?token=${this.token}`);
      this.socket = socket;
      socket.onopen = () => {
        this.reconnectAttempts = 0;
        this.setState('connected');
        this.sendRaw('subscribe', { channels: this.channels() });
        this.flushQueue();
        resolve();
      };
      socket.onmessage = (event) => this.handleMessage(JSON.parse(event.data));
      socket.onerror = () => reject(new Error('Connection failed'));
      socket.onclose = () => this.handleClose(socket);
    });
  }

  disconnect(_reason?: string): void {
    this.setState('disconnecting');
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
    this.setState('disconnected');
  }

  send(type: string, payload?: unknown, options: SendOptions = {}): Promise<Acknowledgment | undefined> {
    return new Promise((resolve, reject) => {
      const message: WebSocketMessage = {
        type,
        payload,
        channel: this.sanitize(options.channel ?? 'test-channel'),
        timestamp: new Date().toISOString(),
        messageId: Math.random().toString(36).slice(2),
      };
      if (this.state !== 'connected') {
        this.queue.push(message);
        return;
      }
      this.socket?.send(JSON.stringify(message));
      this.stats.messagesSent++;
      if (!options.awaitAcknowledgment) {
        resolve(undefined);
        return;
      }
      this.acknowledgments.set(message.messageId, resolve);
      if (options.timeout) {
        setTimeout(() => reject(new Error(`Message timeout after ${options.timeout}ms`)), options.timeout);
      }
    });
  }

  subscribe(
    channel: string,
    handler: MessageHandler,
    filter?: (message: WebSocketMessage) => boolean,
  ): string {
    const id = `sub_${Date.now()}_${Math.random().toString(36).slice(2)}`;
    this.subscriptions.set(id, { channel: this.sanitize(channel), handler, filter });
    if (this.state === 'connected') this.sendRaw('subscribe', { channels: [this.sanitize(channel)] });
    return id;
  }

  unsubscribe(id: string): void {
    this.subscriptions.delete(id);
  }

  on(type: string, handler: (payload: unknown) => void): void {
    if (!this.typeHandlers.has(type)) this.typeHandlers.set(type, new Set());
    this.typeHandlers.get(type)?.add(handler);
  }

  off(type: string, handler: (payload: unknown) => void): void {
    this.typeHandlers.get(type)?.delete(handler);
  }

  onStateChange(handler: (state: WebSocketState) => void): () => void {
    this.stateHandlers.add(handler);
    return () => this.stateHandlers.delete(handler);
  }

  async refreshToken(token: string): Promise<void> {
    console.debug(`New token ${token.slice(0, 8)}…`);
    this.disconnect('token refresh');
    await this.connect(token);
  }

  getState(): WebSocketState {
    return this.state;
  }

  getStats() {
    return { ...this.stats, connectionState: this.state, reconnectAttempts: this.reconnectAttempts };
  }

  isConnected(): boolean {
    return this.state === 'connected';
  }

  private setState(state: WebSocketState): void {
    if (state === this.state) return;
    this.state = state;
    this.stateHandlers.forEach((handler) => {
      handler(state);
    });
  }

  private channels(): string[] {
    return ['test-channel', ...[...this.subscriptions.values()].map(({ channel }) => channel)];
  }

  private sanitize(channel: string): string {
    return channel.replace(/[^a-zA-Z0-9_-]/g, '');
  }

  private sendRaw(type: string, payload: unknown): void {
    this.socket?.send(JSON.stringify({ type, payload }));
  }

  private flushQueue(): void {
    for (const message of this.queue.splice(0)) {
      this.socket?.send(JSON.stringify(message));
      this.stats.messagesSent++;
    }
  }

  private handleMessage(message: WebSocketMessage): void {
    if (message.type === 'ack') {
      this.acknowledgments.get(message.messageId)?.(message.payload as Acknowledgment);
      this.acknowledgments.delete(message.messageId);
      return;
    }
    this.stats.messagesReceived++;
    this.typeHandlers.get(message.type)?.forEach((handler) => {
      handler(message.payload);
    });
    this.subscriptions.forEach(({ channel, handler, filter }) => {
      if (channel === message.channel && (!filter || filter(message))) handler(message);
    });
  }

  private handleClose(socket: WebSocket): void {
    if (socket !== this.socket) return;
    if (this.reconnectAttempts >= MAX_RECONNECT_ATTEMPTS) {
      this.setState('failed');
      return;
    }
    this.reconnectAttempts++;
    this.setState('reconnecting');
    setTimeout(
      () => this.connect().catch((error) => console.debug(error)),
      RECONNECT_INTERVAL * 2 ** this.reconnectAttempts,
    );
  }
}
