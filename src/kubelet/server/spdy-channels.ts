import type { Duplex } from 'node:stream'
import { type Channel, parseTerminalSize, serveSpdy, type SpdyStream } from '../../wire/index.ts'
import type { Channels } from './channels.ts'

/** What a stream's `streamType` is called here. */
const NAMES: Readonly<Record<string, Channel>> = {
  stdin: 'stdin',
  stdout: 'stdout',
  stderr: 'stderr',
  error: 'error',
  resize: 'resize',
}

/** The streams of a session in SPDY, which clients before 1.30 ask for: one stream each. Resolves when all `expected` are there. */
export function spdyChannels(connection: Duplex, expected: readonly Channel[]): Promise<Channels> {
  const streams = new Map<Channel, Duplex>()
  return new Promise((resolve) => {
    serveSpdy(connection, ({ headers, duplex }: SpdyStream) => {
      const name = NAMES[headers['streamtype'] ?? '']
      if (!name) return void duplex.destroy()
      duplex.on('error', () => duplex.destroy())
      streams.set(name, duplex)
      if (expected.every((channel) => streams.has(channel))) resolve(channelsOf(connection, streams))
    })
  })
}

function channelsOf(connection: Duplex, streams: ReadonlyMap<Channel, Duplex>): Channels {
  const gone = new AbortController()
  connection.once('close', () => gone.abort())
  return {
    gone: gone.signal,
    // A stream keeps what comes until somebody listens.
    begin() {},
    write: (channel, data) => new Promise((resolve) => streams.get(channel)?.write(data, () => resolve())),
    finish(status) {
      for (const channel of ['stdout', 'stderr'] as const) streams.get(channel)?.end()
      const text = JSON.stringify(status)
      // With no error to tell, the stream just ends (remotecommand v4).
      streams.get('error')?.end('Success' === (status as { status?: string }).status ? undefined : text, () => connection.end())
    },
    onInput: (listener) => void streams.get('stdin')?.on('data', listener),
    onInputEnd(listener) {
      streams.get('stdin')?.once('end', listener)
      gone.signal.addEventListener('abort', listener, { once: true })
    },
    onResize: (listener) =>
      void streams.get('resize')?.on('data', (data: Buffer) => {
        const size = parseTerminalSize(data)
        if (size) listener(size.columns, size.rows)
      }),
  }
}
