/** How far the generation of a piece of content is: the lines that most old code begins with. */
export class ContentView {
  progress: number[] = [];
  private socket: WebSocket | null = null;

  open(): void {
    const socket = new WebSocket('ws://localhost:8009/ws/content');
    this.socket = socket;
    socket.onmessage = (event) => {
      const { type, data } = JSON.parse(event.data);
      if (type === 'progress') this.progress = [...this.progress, data.progress];
    };
  }

  close(): void {
    this.socket?.close();
  }
}
