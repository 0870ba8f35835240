/**
 * Sockets of the page, which hide nothing: frames as they stand, one waited for after the other.
 *
 * @module
 */

interface Held {
  readonly socket: WebSocket;
  readonly frames: string[];
  isOver: boolean;
  wake: () => void;
}

const held: Held[] = [];

/** Opens a socket; answers when it is open or has failed, or after a while in any case. */
export async function open(url: string, protocols: string[], milliseconds: number): Promise<{ readonly socket: number; readonly isOpen: boolean }> {
  const socket = protocols.length > 0 ? new WebSocket(url, protocols) : new WebSocket(url);
  const one: Held = { socket, frames: [], isOver: false, wake: () => {} };
  const index = held.push(one) - 1;
  socket.addEventListener("message", ({ data }) => {
    one.frames.push(typeof data === "string" ? data : "(binary)");
    one.wake();
  });
  const settled = new Promise<void>((done) => {
    socket.addEventListener("open", () => done());
    socket.addEventListener("close", () => {
      one.isOver = true;
      one.wake();
      done();
    });
  });
  await Promise.race([settled, pause(milliseconds)]);
  return { socket: index, isOpen: socket.readyState === WebSocket.OPEN };
}

export function send(socket: number, frame: string): void {
  find(socket).socket.send(frame);
}

/** The next frame that matches; those before it are dropped. */
export async function next(socket: number, pattern: string, milliseconds: number): Promise<string> {
  const one = find(socket);
  const wanted = new RegExp(pattern);
  const until = performance.now() + milliseconds;
  const dropped: string[] = [];
  for (;;) {
    const frame = one.frames.shift();
    if (frame !== undefined && wanted.test(frame)) return frame;
    if (frame !== undefined) {
      dropped.push(frame);
      continue;
    }
    const left = until - performance.now();
    if (one.isOver || left <= 0)
      throw new Error(`No frame like ${pattern} ${one.isOver ? "before the socket closed" : "in time"}; saw ${JSON.stringify(dropped)}`);
    await Promise.race([new Promise<void>((woken) => (one.wake = woken)), pause(left)]);
  }
}

/** Did it close in time? */
export async function closed(socket: number, milliseconds: number): Promise<boolean> {
  const one = find(socket);
  const until = performance.now() + milliseconds;
  while (!one.isOver && performance.now() < until) {
    await Promise.race([new Promise<void>((woken) => (one.wake = woken)), pause(until - performance.now())]);
  }
  return one.isOver;
}

export async function close(socket: number): Promise<void> {
  const one = find(socket);
  one.socket.close();
  await closed(socket, 3000);
}

function find(socket: number): Held {
  const one = held[socket];
  if (!one) throw new Error(`There is no socket ${socket}`);
  return one;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
