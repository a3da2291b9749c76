import type { WebSocket } from 'ws'
import { decodeChannel, encodeChannel, parseTerminalSize, type Channel } from '../../wire/index.ts'

/** The streams of one session, seen from the side where the program runs. */
export interface Channels {
  /** Resolves when the bytes are on their way; a slow client makes the program wait. */
  write(channel: Channel, data: Uint8Array): Promise<void>
  /** Sends the last word and ends the session. */
  finish(status: object): void
  onInput(listener: (data: Buffer) => void): void
  /** Standard input has ended, or the client has gone. */
  onInputEnd(listener: () => void): void
  onResize(listener: (columns: number, rows: number) => void): void
  /** Lets come what the client sends; before that nothing is read, so nothing is lost while the listeners are set up. */
  begin(): void
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal
}

/** Of a socket that is paused. */
export function channelsOf(socket: WebSocket): Channels {
  const gone = new AbortController()
  let input = (_data: Buffer): void => {}
  let inputEnd = (): void => {}
  let resize = (_columns: number, _rows: number): void => {}
  socket.on('message', (message: Buffer) => {
    const frame = decodeChannel(message)
    const size = frame?.channel === 'resize' ? parseTerminalSize(frame.data) : undefined
    if (frame?.channel === 'stdin') input(frame.data)
    if (frame?.channel === 'close') inputEnd()
    if (size) resize(size.columns, size.rows)
  })
  socket.on('close', () => {
    gone.abort()
    inputEnd()
  })
  socket.on('error', () => socket.terminate())
  return {
    gone: gone.signal,
    begin: () => socket.resume(),
    write: (channel, data) => new Promise((resolve) => socket.send(encodeChannel(channel, data), () => resolve())),
    finish(status) {
      socket.send(encodeChannel('error', Buffer.from(JSON.stringify(status))), () => socket.close(1000))
    },
    onInput: (listener) => (input = listener),
    onInputEnd: (listener) => (inputEnd = listener),
    onResize: (listener) => (resize = listener),
  }
}
