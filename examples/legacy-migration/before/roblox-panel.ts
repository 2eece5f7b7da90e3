import { WS_URL } from './old/index.ts';

/** Who is in the game: raw WebSocket code, as it is written everywhere. */
export class RobloxPanel {
  players: string[] = [];
  online = false;
  private socket: WebSocket | null = null;
  private closed = false;

  open(): void {
    const socket = new WebSocket(`${WS_URL}/ws/roblox`);
    this.socket = socket;
    socket.addEventListener('open', () => {
      this.online = true;
    });
    socket.onmessage = (event) => {
      const { type, data } = JSON.parse(event.data);
      if (type === 'player_joined') this.players = [...this.players, data.name];
      if (type === 'player_left') this.players = this.players.filter((name) => name !== data.name);
    };
    socket.onclose = () => {
      this.online = false;
      if (!this.closed) setTimeout(() => this.open(), 200);
    };
  }

  kick(name: string): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ type: 'kick', data: { name } }));
    }
  }

  close(): void {
    this.closed = true;
    this.socket?.close(1000, 'panel closed');
  }
}
