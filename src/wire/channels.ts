/**
 * Streams of a terminal session inside one WebSocket: the sub-protocols `v5.channel.k8s.io` and `v4.channel.k8s.io`.
 *
 * Every binary message is one byte that says which stream, and then that stream's bytes:
 *
 *     00 6c 73 0a     "ls\n" for standard input
 *     01 61 0a        "a\n" from standard output
 *     ff 00           version 5: standard input has ended
 */
export const CHANNEL_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const

export type Channel = 'stdin' | 'stdout' | 'stderr' | 'error' | 'resize' | 'close'

const NUMBERS: Readonly<Record<Channel, number>> = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 }
const NAMES = new Map(Object.entries(NUMBERS).map(([name, number]) => [number, name as Channel]))

export interface ChannelMessage {
  readonly channel: Channel
  readonly data: Buffer
}

export const encodeChannel = (channel: Channel, data: Uint8Array): Buffer => Buffer.concat([Buffer.of(NUMBERS[channel]), data])

/** undefined for an empty message and for a stream that this version doesn't know. */
export function decodeChannel(message: Buffer): ChannelMessage | undefined {
  const channel = NAMES.get(message[0] ?? -1)
  return channel && { channel, data: message.subarray(1) }
}

/** What the `resize` stream carries: `{"Width":80,"Height":24}`; undefined when it isn't that. */
export function parseTerminalSize(data: Buffer): { columns: number; rows: number } | undefined {
  try {
    const size = JSON.parse(data.toString('utf8')) as { Width?: unknown; Height?: unknown } | null
    const { Width: columns, Height: rows } = size ?? {}
    return typeof columns === 'number' && typeof rows === 'number' ? { columns, rows } : undefined
  } catch {
    return undefined
  }
}

/** What the `error` stream carries at the end: how the command ended, as a Status that client-go reads the code from. */
export function exitStatus(code: number): object {
  if (code === 0) return { metadata: {}, status: 'Success' }
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  }
}

/** The end of a session that never began. */
export const failureStatus = (message: string): object => ({
  metadata: {},
  status: 'Failure',
  message: `Internal error occurred: ${message}`,
  reason: 'InternalError',
  details: { causes: [{ message }] },
  code: 500,
})
